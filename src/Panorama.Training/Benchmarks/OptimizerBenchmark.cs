using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using Panorama.Training.Optim;
using Panorama.Training.Settings;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Panorama.Training.Benchmarks;

/// <summary>Figures of one AdamW step, medians over the rounds.</summary>
/// <param name="Parameters">Number of parameters.</param>
/// <param name="Seconds">Ours.</param>
/// <param name="TorchSharpSeconds">TorchSharp's own on the same parameters, in turns with ours.</param>
/// <param name="BytesPerSecond">Memory traffic of ours: the gradient read for its norm, then weight, gradient and both moments read and three of them written.</param>
/// <param name="CopyBytesPerSecond">Traffic of a plain copy in memory, read and written bytes together, measured in the same run.</param>
public sealed record OptimizerFigures(long Parameters, double Seconds, double TorchSharpSeconds, double BytesPerSecond, double CopyBytesPerSecond)
{
    /// <summary>TorchSharp's time over ours.</summary>
    public double Speedup => TorchSharpSeconds / Seconds;

    /// <summary>Our traffic over that of the copy.</summary>
    public double BandwidthShare => BytesPerSecond / CopyBytesPerSecond;
}

/// <summary>Times AdamW on the 124 M parameters of the smallest GPT-2.</summary>
public static class OptimizerBenchmark
{
    private const int Width = 768, Layers = 12;
    private const int BytesAParameter = 8 * sizeof(float);

    /// <summary>Measures.</summary>
    /// <param name="rounds">Counted rounds; one more warms up.</param>
    /// <param name="progress">Told after every round.</param>
    /// <param name="cancellation">Stops between two rounds.</param>
    public static OptimizerFigures Measure(int rounds, IProgress<int>? progress, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        var scope = new WeightScope();
        scope.Declare("wte", WeightKind.Embedding, Initializer.Ones, 50_257, Width);
        scope.Declare("wpe", WeightKind.Embedding, Initializer.Ones, 1024, Width);
        for (int i = 0; i < Layers; i++)
        {
            WeightScope layer = scope.Child($"h.{i}");
            layer.Declare("attention.in", WeightKind.Matrix, Initializer.Ones, 3 * Width, Width);
            layer.Declare("attention.out", WeightKind.Matrix, Initializer.Ones, Width, Width);
            layer.Declare("up", WeightKind.Matrix, Initializer.Ones, 4 * Width, Width);
            layer.Declare("down", WeightKind.Matrix, Initializer.Ones, Width, 4 * Width);
        }

        var settings = new OptimizerSettings { Kind = OptimizerKind.AdamW };
        using var parameters = new FlatParameters(scope.All);
        parameters.Initialize(1);
        parameters.Gradient!.fill_(1e-3);
        using var ours = new FlatOptimizer(parameters, settings);
        Parameter[] theirs = [.. scope.All.Select(w => new Parameter(ones([.. w.Shape])))];
        foreach (Parameter parameter in theirs)
        {
            parameter.grad = full_like(parameter, 1e-3);
        }

        using var peer = optim.AdamW(theirs, lr: settings.LearningRate, beta2: settings.Beta2, weight_decay: settings.WeightDecay);
        double[] seconds = Stopwatches.Medians(
            rounds,
            [
                () => ours.Step(1e-4, ours.GradientNorm()),
                () =>
                {
                    using var step = NewDisposeScope();
                    nn.utils.clip_grad_norm_(theirs, 1.0);
                    peer.step();
                },
                () => Copy(parameters.Data, parameters.Gradient!),
            ],
            round =>
            {
                progress?.Report(round);
                cancellation.ThrowIfCancellationRequested();
            });
        foreach (Parameter parameter in theirs)
        {
            parameter.Dispose();
        }

        double bytes = (double)parameters.Count * BytesAParameter, copied = 2.0 * parameters.Count * sizeof(float);
        return new OptimizerFigures(parameters.Count, seconds[0], seconds[1], bytes / seconds[0], copied / seconds[2]);
    }

    private static unsafe void Copy(Tensor source, Tensor target)
    {
        const int Piece = 1 << 18;
        float* from = (float*)TensorMemory.Address(source), to = (float*)TensorMemory.Address(target);
        long count = source.numel();
        TorchThreads.For((int)((count + Piece - 1) / Piece), piece =>
        {
            long at = (long)piece * Piece;
            int length = (int)Math.Min(Piece, count - at);
            new ReadOnlySpan<float>(from + at, length).CopyTo(new(to + at, length));
        });
    }
}
