using Panorama.Core.Configuration;
using Panorama.Modeling.Blocks;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using Panorama.Modeling.Positions;
using static TorchSharp.torch;

namespace Panorama.Training.Benchmarks;

/// <summary>A fused part against its composition of libtorch's operators, forward and backward: median seconds.</summary>
/// <param name="Name">The part.</param>
/// <param name="Seconds">Fused.</param>
/// <param name="ComposedSeconds">Composed.</param>
public sealed record KernelFigures(string Name, double Seconds, double ComposedSeconds)
{
    /// <summary>Composed over fused.</summary>
    public double Speedup => ComposedSeconds / Seconds;
}

/// <summary>Times each fused part of a model alone, on a step's shapes.</summary>
public static class KernelBenchmark
{
    /// <summary>Measures all parts.</summary>
    /// <param name="shape">The model and batch.</param>
    /// <param name="rounds">Counted rounds; one more warms up.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    public static IReadOnlyList<KernelFigures> Measure(BenchmarkShape shape, int rounds, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        ModelConfig config = shape.Config;
        using var outer = NewDisposeScope();
        var scope = new WeightScope();
        var norm = new RmsNorm(scope, config.HiddenSize, config.Norm.Epsilon);
        Weight table = scope.Declare("table", WeightKind.Embedding, Initializer.Normal(config.InitializerRange), config.VocabularySize, config.HiddenSize);
        using var parameters = new FlatParameters(scope.All);
        parameters.Initialize(1);
        using var rotary = new RotaryTable(config.ContextLength, config.Attention.HeadSize, 10_000, CPU, ScalarType.Float32);

        (int heads, int keyHeads, int size) = (config.Attention.Heads, config.Attention.KeyValueHeads, config.Attention.HeadSize);
        long batch = shape.BatchSize, time = config.ContextLength;
        Tensor x_BTD = Input(batch, time, config.HiddenSize), delta_BTD = Input(batch, time, config.HiddenSize);
        Tensor gateUp_BTG = Input(batch, time, 2L * config.FeedForward.IntermediateSize), all_BTME = Input(batch, time, heads + (2 * keyHeads), size);
        long[] targets = RandomTokens.Batch(config.VocabularySize, shape.BatchSize, config.ContextLength).Targets;
        (string Name, Func<Tensor> Part)[] parts =
        [
            ("residual_rms_norm", () => Both(norm.Forward(x_BTD, delta_BTD))),
            ("swiglu", () => SwiGlu.Apply(gateUp_BTG)),
            ("rotary_attention", () => FusedKernels.Enabled ? rotary.Attend(all_BTME, heads, keyHeads) : Composed(all_BTME, rotary, heads, keyHeads)),
            ("projected_cross_entropy", () => ProjectedCrossEntropy.Sum(x_BTD.view(-1, config.HiddenSize), table.Value, targets, 1)),
        ];
        List<KernelFigures> figures = [];
        foreach ((string name, Func<Tensor> part) in parts)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] seconds = Stopwatches.Medians(rounds, [() => Run(part, fused: true), () => Run(part, fused: false)]);
            figures.Add(new KernelFigures(name, seconds[0], seconds[1]));
        }

        FusedKernels.Enabled = true;
        return figures;
    }

    private static Tensor Input(params long[] shape) => randn(shape).requires_grad_();

    private static Tensor Both((Tensor Sum, Tensor Normed) results) => results.Sum + results.Normed;

    private static void Run(Func<Tensor> part, bool fused)
    {
        FusedKernels.Enabled = fused;
        using var scope = NewDisposeScope();
        Tensor result = part();
        if (result.numel() == 1)
        {
            result.backward();
        }
        else
        {
            result.backward([ones_like(result)]);
        }

        BackwardErrors.ThrowIfAny();
    }

    private static Tensor Composed(Tensor all_BTME, RotaryTable rotary, int heads, int keyHeads)
    {
        Tensor turned_BTME = rotary.Apply(all_BTME.narrow(2, 0, heads + keyHeads), 0);
        Tensor q_BNTE = turned_BTME.narrow(2, 0, heads).transpose(1, 2);
        Tensor k_BNTE = turned_BTME.narrow(2, heads, keyHeads).transpose(1, 2).repeat_interleave(heads / keyHeads, 1);
        Tensor v_BNTE = all_BTME.narrow(2, heads + keyHeads, keyHeads).transpose(1, 2).repeat_interleave(heads / keyHeads, 1);
        return nn.functional.scaled_dot_product_attention(q_BNTE, k_BNTE, v_BNTE, is_casual: true).transpose(1, 2).flatten(2);
    }
}
