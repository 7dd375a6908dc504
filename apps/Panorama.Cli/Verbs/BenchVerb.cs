using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Modeling.Native;
using Panorama.Training.Benchmarks;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench</c>: speed figures, each beside a named peer measured in the same run.</summary>
internal static class BenchVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create() => new("bench", "Measure speed against named peers, side by side") { Train() };

    private static VerbCommand Train()
    {
        Option<int> threads = ModelOption.Threads();
        var rounds = new Option<int>("--rounds") { Description = "Steps of each model that count; medians are shown", HelpName = "N", DefaultValueFactory = _ => 7 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--rounds takes 1 to 1000.");
            }
        });
        return new VerbCommand("train", "Training steps against the same model in plain eager TorchSharp with its AdamW", (parsed, context) =>
        {
            TorchRuntime.SetThreads(parsed.GetValue(threads));
            BenchmarkShape[] shapes = [BenchmarkShape.Llama6M, BenchmarkShape.Demo];
            int count = parsed.GetValue(rounds);
            List<BenchmarkFigures> figures = [];
            foreach (BenchmarkShape shape in shapes)
            {
                using IProgressTask task = context.Console.StartTask(shape.Name, count + 1, "rounds");
                figures.Add(TrainingBenchmark.Measure(shape, count, new DirectProgress<int>(round => task.Report(round + 1)), context.Cancellation));
            }

            Show(figures, context.Console);
            return Task.FromResult(new JsonObject { ["threads"] = TorchRuntime.Threads, ["shapes"] = new JsonArray([.. figures.Select(Json)]) });
        })
        {
            rounds,
            threads,
        };
    }

    private static void Show(List<BenchmarkFigures> figures, IRunConsole console) => console.Table(new TextTable(
        "Training, tokens per second",
        [new("Shape"), new("Parameters", Right: true), new("Panorama", Right: true), new("TorchSharp eager", Right: true), new("Ratio", Right: true), new("Of peak", Right: true)],
        [.. figures.Select(f => (IReadOnlyList<string>)
        [
            f.Name,
            Format.Count(f.Parameters),
            Format.Count((long)f.TokensPerSecond),
            Format.Count((long)f.EagerTokensPerSecond),
            f.Speedup.ToString("f2", CultureInfo.InvariantCulture),
            Format.Percent(f.ModelFlopsUtilization),
        ])]));

    private static JsonNode Json(BenchmarkFigures figures) => new JsonObject
    {
        ["name"] = figures.Name,
        ["parameters"] = figures.Parameters,
        ["tokens_per_second"] = figures.TokensPerSecond,
        ["eager_tokens_per_second"] = figures.EagerTokensPerSecond,
        ["speedup"] = figures.Speedup,
        ["mfu"] = figures.ModelFlopsUtilization,
    };
}
