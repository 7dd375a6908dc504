using Panorama.Core.Configuration;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Families;

public sealed class DecoderGradientTests
{
    /// <summary>Central differences in float64 have an error of about h² + ε/h = 1e-10; 1e-6 relative leaves room for curvature.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GradientsOfTheWholeModelMatchFiniteDifferences(bool tied)
    {
        ModelConfig config = ModelConfig.Llama(vocabularySize: 11, hiddenSize: 8, layers: 2, heads: 2, keyValueHeads: 1, intermediateSize: 12, contextLength: 6, tieEmbeddings: tied, initializerRange: 0.3);
        using var model = new DecoderModel(config);
        FlatParameters parameters = model.Allocate(type: ScalarType.Float64);
        parameters.Initialize(7);
        using Tensor tokens_BT = tensor(new long[] { 1, 5, 2, 9, 10, 3, 4, 4, 0, 7 }, 2, 5);
        using Tensor targets_N = tensor(new long[] { 5, 2, 9, 10, 0, 4, 0, 7, 7, 1 });

        using (NewDisposeScope())
        {
            Loss().backward();
        }

        double[] analytic = TensorMemory.Span<double>(parameters.Gradient!).ToArray();
        const double Step = 1e-5;
        var worst = (Error: 0.0, Name: "");
        foreach ((ParameterSpec spec, long start) in parameters.Places)
        {
            for (long i = start; i < start + spec.Count; i++)
            {
                double numeric = (LossAt(i, Step) - LossAt(i, -Step)) / (2 * Step);
                double error = Math.Abs(numeric - analytic[i]) / Math.Max(1e-3, Math.Abs(numeric));
                worst = error > worst.Error ? (error, spec.Name) : worst;
            }
        }

        Assert.True(worst.Error < 1e-6, $"largest relative error {worst.Error:g3} in {worst.Name}");

        Tensor Loss() => nn.functional.cross_entropy(model.Logits(model.Hidden(tokens_BT)).view(-1, 11), targets_N);

        double LossAt(long index, double change)
        {
            using IDisposable quiet = no_grad();
            using var scope = NewDisposeScope();
            double before = TensorMemory.Span<double>(parameters.Data)[(int)index];
            TensorMemory.Span<double>(parameters.Data)[(int)index] = before + change;
            double loss = Loss().item<double>();
            TensorMemory.Span<double>(parameters.Data)[(int)index] = before;
            return loss;
        }
    }
}
