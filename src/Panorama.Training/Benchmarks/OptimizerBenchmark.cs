using System.Numerics;
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
/// <param name="BytesPerSecond">Memory traffic of ours: weight, gradient and both moments read, three of them written.</param>
/// <param name="ReadBytesPerSecond">What the machine reads from memory at best, measured in the same run.</param>
public sealed record OptimizerFigures(long Parameters, double Seconds, double TorchSharpSeconds, double BytesPerSecond, double ReadBytesPerSecond)
{
    /// <summary>TorchSharp's time over ours.</summary>
    public double Speedup => TorchSharpSeconds / Seconds;

    /// <summary>Share of the measured bandwidth.</summary>
    public double BandwidthShare => BytesPerSecond / ReadBytesPerSecond;
}

/// <summary>Times AdamW on the 124 M parameters of the smallest GPT-2.</summary>
public static class OptimizerBenchmark
{
    private const int Width = 768, Layers = 12;
    private const int BytesAParameter = 7 * sizeof(float);

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
                () => Read(parameters.Data),
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

        // The norm reads the gradient once more.
        double bytes = (double)parameters.Count * (BytesAParameter + sizeof(float));
        return new OptimizerFigures(parameters.Count, seconds[0], seconds[1], bytes / seconds[0], (double)parameters.Count * sizeof(float) / seconds[2]);
    }

    private static unsafe float Read(Tensor tensor)
    {
        const int Piece = 1 << 18;
        var data = (float*)TensorMemory.Address(tensor);
        long count = tensor.numel();
        int pieces = (int)((count + Piece - 1) / Piece);
        float[] sums = new float[pieces];
        TorchThreads.For(pieces, piece =>
        {
            long at = (long)piece * Piece;
            var values = new ReadOnlySpan<float>(data + at, (int)Math.Min(Piece, count - at));
            Vector<float> a = default, b = default, c = default, d = default;
            int width = Vector<float>.Count;
            for (int i = 0; i + (4 * width) <= values.Length; i += 4 * width)
            {
                a += new Vector<float>(values[i..]);
                b += new Vector<float>(values[(i + width)..]);
                c += new Vector<float>(values[(i + (2 * width))..]);
                d += new Vector<float>(values[(i + (3 * width))..]);
            }

            sums[piece] = Vector.Sum(a + b + c + d);
        });
        return sums.Sum();
    }
}
