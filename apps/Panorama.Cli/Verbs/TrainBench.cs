using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Modeling.Native;
using Panorama.Training.Benchmarks;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench train</c>: training steps, the optimizer and the fused kernels against plain TorchSharp.</summary>
internal static class TrainBench
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        Option<int> threads = ModelOption.Threads();
        Option<int> rounds = BenchOption.Rounds("Steps of each kind that count; medians are shown", 7);
        return new VerbCommand("train", "Training steps, AdamW and the fused kernels against plain eager TorchSharp, all in turns in one run", (parsed, context) =>
        {
            TorchRuntime.SetThreads(parsed.GetValue(threads));
            int count = parsed.GetValue(rounds);
            List<BenchmarkFigures> shapes = [];
            foreach (BenchmarkShape shape in (ReadOnlySpan<BenchmarkShape>)[BenchmarkShape.Gpt14M, BenchmarkShape.Llama6M, BenchmarkShape.Demo])
            {
                using IProgressTask task = context.Console.StartTask(shape.Name, count + 1, "rounds");
                shapes.Add(TrainingBenchmark.Measure(shape, count, new DirectProgress<int>(round => task.Report(round + 1)), context.Cancellation));
            }

            OptimizerFigures adamw;
            using (IProgressTask task = context.Console.StartTask("AdamW, 124 M parameters", count + 1, "rounds"))
            {
                adamw = OptimizerBenchmark.Measure(count, new DirectProgress<int>(round => task.Report(round + 1)), context.Cancellation);
            }

            IReadOnlyList<KernelFigures> kernels = KernelBenchmark.Measure(BenchmarkShape.Llama6M, count, context.Cancellation);
            Show(shapes, adamw, kernels, context.Console);
            return Task.FromResult(new JsonObject
            {
                ["threads"] = TorchRuntime.Threads,
                ["shapes"] = new JsonArray([.. shapes.Select(Json)]),
                ["adamw"] = Json(adamw),
                ["kernels"] = new JsonArray([.. kernels.Select(Json)]),
            });
        })
        {
            rounds,
            threads,
        };
    }

    private static void Show(List<BenchmarkFigures> shapes, OptimizerFigures adamw, IReadOnlyList<KernelFigures> kernels, IRunConsole console)
    {
        console.Table(new TextTable(
            "Training, tokens per second",
            [new("Shape"), new("Parameters", Right: true), new("Panorama", Right: true), new("TorchSharp eager", Right: true), new("Ratio", Right: true), new("Products' share", Right: true), new("Of peak", Right: true)],
            [.. shapes.Select(f => (IReadOnlyList<string>)
            [
                f.Name,
                Format.Count(f.Parameters),
                Format.Count((long)f.TokensPerSecond),
                Format.Count((long)f.EagerTokensPerSecond),
                Ratio(f.Speedup),
                Format.Percent(f.ProductShare),
                Format.Percent(f.ModelFlopsUtilization),
            ])]));
        console.Table(new TextTable(
            "Milliseconds",
            [new("Part"), new("Panorama", Right: true), new("TorchSharp", Right: true), new("Ratio", Right: true)],
            [
                ["AdamW step, 124 M parameters", Milliseconds(adamw.Seconds), Milliseconds(adamw.TorchSharpSeconds), Ratio(adamw.Speedup)],
                .. kernels.Select(k => (IReadOnlyList<string>)[k.Name.Replace('_', ' '), Milliseconds(k.Seconds), Milliseconds(k.ComposedSeconds), Ratio(k.Speedup)]),
            ]));
        console.Info($"AdamW moves {Format.Percent(adamw.BandwidthShare)} of the bytes that a plain copy moves in the same time ({Format.Bytes((long)adamw.CopyBytesPerSecond)}/s).");
    }

    private static string Ratio(double ratio) => ratio.ToString("f2", CultureInfo.InvariantCulture);

    private static string Milliseconds(double seconds) => (seconds * 1000).ToString("f2", CultureInfo.InvariantCulture);

    private static JsonNode Json(BenchmarkFigures figures) => new JsonObject
    {
        ["name"] = figures.Name,
        ["parameters"] = figures.Parameters,
        ["tokens_per_second"] = figures.TokensPerSecond,
        ["eager_tokens_per_second"] = figures.EagerTokensPerSecond,
        ["speedup"] = figures.Speedup,
        ["gemm_share"] = figures.ProductShare,
        ["mfu"] = figures.ModelFlopsUtilization,
    };

    private static JsonObject Json(OptimizerFigures figures) => new()
    {
        ["parameters"] = figures.Parameters,
        ["seconds"] = figures.Seconds,
        ["torchsharp_seconds"] = figures.TorchSharpSeconds,
        ["speedup"] = figures.Speedup,
        ["bandwidth_share"] = figures.BandwidthShare,
    };

    private static JsonNode Json(KernelFigures figures) => new JsonObject
    {
        ["name"] = figures.Name,
        ["seconds"] = figures.Seconds,
        ["composed_seconds"] = figures.ComposedSeconds,
        ["speedup"] = figures.Speedup,
    };
}
