using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.IO;
using Panorama.Modeling.Native;
using Panorama.Training.Benchmarks;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench lora</c>: adapters against all weights.</summary>
internal static class LoraBench
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        Option<int> threads = ModelOption.Threads();
        Option<int> rounds = BenchOption.Rounds("Steps of each way that count; medians are shown", 7);
        return new VerbCommand("lora", "Fine-tuning steps of adapters against steps of all weights, on 13.8 M parameters", (parsed, context) =>
        {
            TorchRuntime.SetThreads(parsed.GetValue(threads));
            int count = parsed.GetValue(rounds);
            IReadOnlyList<LoraFigures> figures;
            using (IProgressTask task = context.Console.StartTask("Steps in turns", count + 1, "rounds"))
            {
                figures = LoraBenchmark.Measure(count, new DirectProgress<int>(round => task.Report(round + 1)), context.Cancellation);
            }

            context.Console.Table(new TextTable(
                "Fine-tuning steps",
                [new("Way"), new("Step, ms", Right: true), new("Time ratio", Right: true), new("Trainable", Right: true), new("Optimizer memory", Right: true), new("Weights", Right: true)],
                [.. figures.Select(f => (IReadOnlyList<string>)
                [
                    f.Name,
                    (1000 * f.Seconds).ToString("f0", CultureInfo.InvariantCulture),
                    f.TimeRatio.ToString("f2", CultureInfo.InvariantCulture),
                    Format.Percent(f.TrainableShare),
                    Format.Percent(f.OptimizerShare),
                    Shown.Bytes(f.WeightBytes),
                ])]));
            return Task.FromResult(new JsonObject { ["threads"] = TorchRuntime.Threads, ["ways"] = new JsonArray([.. figures.Select(Json)]) });
        })
        {
            rounds,
            threads,
        };
    }

    private static JsonNode Json(LoraFigures figures) => new JsonObject
    {
        ["name"] = figures.Name,
        ["seconds"] = figures.Seconds,
        ["time_ratio"] = figures.TimeRatio,
        ["trainable_share"] = figures.TrainableShare,
        ["optimizer_share"] = figures.OptimizerShare,
        ["weight_bytes"] = figures.WeightBytes,
    };
}
