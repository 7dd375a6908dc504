using Panorama.Core.Configuration;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Training.Batches;
using Panorama.Training.Optim;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training.Benchmarks;

/// <summary>A shape to measure.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Config">The model.</param>
/// <param name="BatchSize">Sequences a step.</param>
public sealed record BenchmarkShape(string Name, ModelConfig Config, int BatchSize)
{
    /// <summary>A 5.7 M LLaMA-style shape with 256 tokens of context.</summary>
    public static BenchmarkShape Llama6M { get; } = new("llama-5.7m", ModelConfig.Llama(4096, 256, 6, 4, 4, 688, 256, tieEmbeddings: true), 16);

    /// <summary>A 13.8 M shape of GPT proportions with 256 tokens of context.</summary>
    public static BenchmarkShape Gpt14M { get; } = new("gpt-13.8m", ModelConfig.Llama(8192, 384, 6, 6, 6, 1024, 256, tieEmbeddings: true), 8);

    /// <summary>The shape of the demo's default budget.</summary>
    public static BenchmarkShape Demo { get; } = new("demo", ModelConfig.Llama(4096, 128, 4, 2, 1, 352, 128, tieEmbeddings: true), 8);
}

/// <summary>Figures of one shape: medians over the rounds, all measured in turns.</summary>
/// <param name="Name">The shape.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="TokensPerSecond">Positions per second of whole steps: forward, backward, clipping, update.</param>
/// <param name="EagerTokensPerSecond">The same of plain TorchSharp with its own AdamW.</param>
/// <param name="ProductShare">Time of the step's matrix products alone, of the whole step's.</param>
/// <param name="ModelFlopsUtilization">Share of the measured speed of large matrix products.</param>
public sealed record BenchmarkFigures(string Name, long Parameters, double TokensPerSecond, double EagerTokensPerSecond, double ProductShare, double ModelFlopsUtilization)
{
    /// <summary>Ours over eager.</summary>
    public double Speedup => TokensPerSecond / EagerTokensPerSecond;
}

/// <summary>Times training steps against plain eager TorchSharp and against their own matrix products.</summary>
public static class TrainingBenchmark
{
    /// <summary>Measures a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="rounds">Counted rounds; one more warms up.</param>
    /// <param name="progress">Told after every round.</param>
    /// <param name="cancellation">Stops between two rounds.</param>
    public static BenchmarkFigures Measure(BenchmarkShape shape, int rounds, IProgress<int>? progress, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        ModelConfig config = shape.Config;
        var settings = new OptimizerSettings { Kind = OptimizerKind.AdamW };
        using var model = new DecoderModel(config);
        model.Allocate().Initialize(1);
        using var optimizer = new FlatOptimizer(model.Parameters!, settings);
        var step = new TrainStep(model, optimizer, new LossGuard(0));
        using var eager = new EagerDecoder(config);
        using var eagerOptimizer = optim.AdamW(eager.parameters(), lr: settings.LearningRate, beta2: settings.Beta2, weight_decay: settings.WeightDecay);
        using var products = new MatrixProducts(config, shape.BatchSize);

        MicroBatch batch = RandomTokens.Batch(config.VocabularySize, shape.BatchSize, config.ContextLength);
        int steps = 0;
        double[] seconds = Stopwatches.Medians(
            rounds,
            [
                () => step.Run(++steps, [batch], 1e-3),
                () => EagerTraining.Step(eager, eagerOptimizer, batch),
                products.Run,
            ],
            round =>
            {
                progress?.Report(round);
                cancellation.ThrowIfCancellationRequested();
            });
        double tokens = batch.Tokens.Length, speed = tokens / seconds[0];
        double utilization = speed * HardwarePeak.FlopsPerToken(config, model.ParameterCount) / HardwarePeak.FlopsPerSecond();
        return new BenchmarkFigures(shape.Name, model.ParameterCount, speed, tokens / seconds[1], seconds[2] / seconds[0], utilization);
    }
}
