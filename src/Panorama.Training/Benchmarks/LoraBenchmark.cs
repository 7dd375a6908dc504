using System.Diagnostics;
using Panorama.Core.Configuration;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Training.Batches;
using Panorama.Training.Optim;
using Panorama.Training.Settings;

namespace Panorama.Training.Benchmarks;

/// <summary>Figures of one way to fine-tune: medians over the rounds.</summary>
/// <param name="Name">The way.</param>
/// <param name="Seconds">Time of a step.</param>
/// <param name="TimeRatio">That time over the full fine-tuning's: the median of the ratios of each round.</param>
/// <param name="TrainableShare">Trained parameters over all.</param>
/// <param name="OptimizerShare">Gradients and moments over those of full fine-tuning.</param>
/// <param name="WeightBytes">Frozen or trained weights of the model as they are held.</param>
public sealed record LoraFigures(string Name, double Seconds, double TimeRatio, double TrainableShare, double OptimizerShare, long WeightBytes);

/// <summary>Times steps of fine-tuning adapters against fine-tuning all weights, in turns in one process, AdamW for both.</summary>
public static class LoraBenchmark
{
    private const int BatchSize = 8;
    private static readonly OptimizerSettings Settings = new() { Kind = OptimizerKind.AdamW };

    /// <summary>The shape: 13.8 M parameters, 6 layers, width 384, 6 heads, vocabulary 8192, context 256.</summary>
    public static ModelConfig Shape { get; } = ModelConfig.Llama(8192, 384, 6, 6, 6, 1024, 256, tieEmbeddings: true);

    /// <summary>Measures every way.</summary>
    /// <param name="rounds">Counted rounds; one more warms up.</param>
    /// <param name="progress">Told after every round.</param>
    /// <param name="cancellation">Stops between two rounds.</param>
    public static IReadOnlyList<LoraFigures> Measure(int rounds, IProgress<int>? progress, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        string folder = Directory.CreateTempSubdirectory("panorama-bench-").FullName;
        Way[] ways = [];
        try
        {
            ways = MakeAll(folder);
            var seconds = new double[ways.Length][];
            for (int i = 0; i < ways.Length; i++)
            {
                seconds[i] = new double[rounds];
            }

            MicroBatch batch = RandomTokens.Batch(Shape.VocabularySize, BatchSize, Shape.ContextLength);
            for (int round = 0; round <= rounds; round++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int i = 0; i < ways.Length; i++)
                {
                    long began = Stopwatch.GetTimestamp();
                    ways[i].Step.Run(round + 1, [batch], 1e-4);
                    if (round > 0)
                    {
                        seconds[i][round - 1] = Stopwatch.GetElapsedTime(began).TotalSeconds;
                    }
                }

                progress?.Report(round);
            }

            long all = ways[0].Model.ParameterCount;
            return [.. ways.Select((way, i) => new LoraFigures(
                way.Name,
                Median(seconds[i]),
                Median([.. seconds[i].Zip(seconds[0], (own, full) => own / full)]),
                (double)way.Model.Trained.Count / (all + (way.Adapter?.ParameterCount ?? 0)),
                (double)way.Model.Trained.Count / all,
                way.Model.WeightBytes))];
        }
        finally
        {
            foreach (Way way in ways)
            {
                way.Dispose();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static Way[] MakeAll(string folder)
    {
        using (var start = new DecoderModel(Shape))
        {
            start.Allocate(trainable: false).Initialize(1);
            ModelFolder.Save(folder, start, new SpecialTokenIds { Eos = [0] }, new GenerationConfig());
        }

        var all = new LoraConfig { Rank = 8, Alpha = 16 };
        return
        [
            Make("all weights", null, 32),
            Make("LoRA r 8, all-linear", all, 32),
            Make("LoRA r 16, q_proj and v_proj", new LoraConfig { Rank = 16, Alpha = 32, TargetModules = ["q_proj", "v_proj"] }, 32),
            Make("LoRA r 8, dropout 0.1", all with { Dropout = 0.1 }, 32),
            Make("DoRA r 8", all with { UseDora = true }, 32),
            Make("QLoRA r 8, 8 bits", all, 8),
            Make("QLoRA r 8, 4 bits", all, 4),
        ];

        Way Make(string name, LoraConfig? config, int bits)
        {
            DecoderModel model = ModelFolder.Load(folder, trainable: config is null, bits: bits).Model;
            LoraAdapter? adapter = null;
            if (config is not null)
            {
                adapter = new LoraAdapter(model, config);
                adapter.Allocate(trainable: true);
                adapter.Initialize(1);
                model.Adapter = adapter;
            }

            var optimizer = new FlatOptimizer(model.Trained, Settings);
            return new Way(name, model, adapter, optimizer, new TrainStep(model, optimizer, new LossGuard(0)) { Seed = 1 });
        }
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private sealed record Way(string Name, DecoderModel Model, LoraAdapter? Adapter, FlatOptimizer Optimizer, TrainStep Step) : IDisposable
    {
        public void Dispose()
        {
            Optimizer.Dispose();
            Adapter?.Dispose();
            Model.Dispose();
        }
    }
}
