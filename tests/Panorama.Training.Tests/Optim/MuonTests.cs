using Panorama.Training.Optim;
using Panorama.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Training.Tests.Optim;

public sealed class MuonTests
{
    [Theory]
    [InlineData(24, 24)]
    [InlineData(16, 48)]
    public void OrthogonalizedMatricesHaveSingularValuesOfAboutOne(long rows, long columns)
    {
        random.manual_seed(4);
        using var scope = NewDisposeScope();
        Tensor matrix = randn(rows, columns) * 37;
        (_, Tensor before, _) = linalg.svd(matrix, fullMatrices: false);
        (_, Tensor after, _) = linalg.svd(NewtonSchulz.Orthogonalize(matrix.unsqueeze(0)).squeeze(0), fullMatrices: false);
        Assert.True(before.max().ToSingle() > 100);
        Assert.InRange(after.max().ToSingle(), 0.9f, 1.3f);

        // A square random matrix has one singular value near zero, which five iterations do not lift; half of them are far from it.
        Assert.InRange(after.median().ToSingle(), 0.6f, 1.2f);
    }

    [Fact]
    public void MatricesMoveByOrthogonalStepsAndTheRestByAdamW()
    {
        using var muon = new TinyRun();
        using var adam = new TinyRun();
        float[] before = muon.Weights;
        using var first = new FlatOptimizer(muon.Model.Parameters!, new OptimizerSettings { Kind = OptimizerKind.Muon, WeightDecay = 0, MaxGradientNorm = 0 });
        using var second = new FlatOptimizer(adam.Model.Parameters!, new OptimizerSettings { Kind = OptimizerKind.AdamW, WeightDecay = 0, MaxGradientNorm = 0 });
        random.manual_seed(9);
        using Tensor gradient = randn(muon.Model.Parameters!.Count);
        muon.Model.Parameters.Gradient!.copy_(gradient);
        adam.Model.Parameters!.Gradient!.copy_(gradient);
        first.Step(0.01, 1);
        second.Step(0.01, 1);
        int matrices = (int)muon.Model.Parameters.DecayingCount;
        Assert.Equal(adam.Weights[matrices..], muon.Weights[matrices..]);

        // The first matrix, [16 + 8 + 8, 16] in three parts: the query projection [16, 16] moves by 0.01 · 0.2 · √16 in every direction.
        using Tensor moved = tensor([.. muon.Weights.Take(256).Zip(before, (a, b) => a - b)], 16, 16);
        (_, Tensor sizes, _) = linalg.svd(moved, fullMatrices: false);
        Assert.InRange(sizes.max().ToSingle(), 0.008f * 0.9f, 0.008f * 1.3f);
    }
}
