using Panorama.Training.Optim;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training.Tests.Optim;

public sealed class FlatOptimizerTests
{
    /// <summary>TorchSharp's optimizer is the independent reference; both round in float32, so 20 steps agree to about 1e-5.</summary>
    [Fact]
    public void FollowsTorchSharpsOptimizer()
    {
        using var run = new TinyRun();
        var settings = new OptimizerSettings { Kind = OptimizerKind.AdamW, WeightDecay = 0.1, MaxGradientNorm = 0 };
        using var optimizer = new FlatOptimizer(run.Model.Parameters!, settings);
        long decaying = run.Model.Parameters!.DecayingCount;
        using var matrices = new TorchSharp.Modules.Parameter(run.Model.Parameters.Data.narrow(0, 0, decaying).clone());
        using var others = new TorchSharp.Modules.Parameter(run.Model.Parameters.Data.narrow(0, decaying, run.Model.Parameters.Count - decaying).clone());
        using var decayed = optim.AdamW([matrices], lr: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1);
        using var plain = optim.AdamW([others], lr: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0);
        for (int step = 0; step < 20; step++)
        {
            random.manual_seed(step);
            using Tensor gradient = randn(run.Model.Parameters.Count);
            run.Model.Parameters.Gradient!.copy_(gradient);
            matrices.grad = gradient.narrow(0, 0, decaying);
            others.grad = gradient.narrow(0, decaying, others.numel());
            optimizer.Step(0.01, 1);
            decayed.step();
            plain.step();
        }

        using Tensor expected = cat([matrices.detach(), others.detach()]);
        Assert.True(allclose(expected, run.Model.Parameters.Data, 1e-4, 1e-5));
    }

    [Fact]
    public void ClippingScalesTheGradientToTheLimit()
    {
        using var run = new TinyRun();
        using var twin = new TinyRun();
        using var clipped = new FlatOptimizer(run.Model.Parameters!, new OptimizerSettings { Kind = OptimizerKind.AdamW, MaxGradientNorm = 1, Epsilon = 1e-3 });
        using var scaled = new FlatOptimizer(twin.Model.Parameters!, new OptimizerSettings { Kind = OptimizerKind.AdamW, MaxGradientNorm = 0, Epsilon = 1e-3 });
        run.Model.Parameters!.Gradient!.fill_(0.5);
        double norm = clipped.GradientNorm();
        twin.Model.Parameters!.Gradient!.fill_(0.5 / norm);
        clipped.Step(0.01, norm);
        scaled.Step(0.01, scaled.GradientNorm());
        Assert.Equal(0.5 * Math.Sqrt(run.Model.Parameters.Count), norm, 3);
        Assert.Equal(twin.Weights, run.Weights, (a, b) => MathF.Abs(a - b) < 1e-6f);
    }
}
