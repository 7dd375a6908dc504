using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Runs;
using Panorama.Inference.Benchmarks;
using Panorama.Inference.Families;
using Panorama.Inference.Model;
using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench inference</c>: the engine's speed, beside what the memory allows.</summary>
internal static class InferenceBench
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        Option<string> model = ModelOption.Create();
        Option<int> threads = ModelOption.Threads();
        Option<int> prompt = Number("--prompt-tokens", "Tokens of the prompt (0: not measured)", 256, 0);
        Option<int> generate = Number("--generate-tokens", "Tokens decoded (0: not measured)", 64, 0);
        Option<int> batch = Number("--batch", "Sequences decoded at once", 1, 1);
        Option<int> depth = Number("--depth", "Tokens in each sequence before those decoded", 0, 0);
        Option<int> rounds = BenchOption.Rounds("Measurements; medians are shown", 5);
        var random = new Option<string?>("--random") { Description = $"Write a model of random weights to --model first, unless it exists: 134m, 1.1b", HelpName = "SHAPE" };
        var format = new Option<string>("--format") { Description = "Format of the random weights: q8_0, q4_0, q4_k, …", HelpName = "FORMAT", DefaultValueFactory = _ => "q8_0" };
        return new VerbCommand("inference", "Prompts and decoding of the engine, and the memory's speed in the same run", (parsed, context) =>
        {
            string path = parsed.GetRequiredValue(model);
            if (parsed.GetValue(random) is { } shape && !File.Exists(path))
            {
                WriteRandom(path, shape, parsed.GetRequiredValue(format), context);
            }

            var options = new InferenceBenchmarkOptions
            {
                PromptTokens = parsed.GetValue(prompt),
                GenerateTokens = parsed.GetValue(generate),
                Batch = parsed.GetValue(batch),
                Depth = parsed.GetValue(depth),
                Repeats = parsed.GetValue(rounds),
            };
            return Task.FromResult(Run(path, parsed.GetValue(threads), options, context));
        })
        {
            model,
            prompt,
            generate,
            batch,
            depth,
            rounds,
            random,
            format,
            threads,
        };
    }

    private static JsonObject Run(string path, int threads, InferenceBenchmarkOptions options, VerbContext context)
    {
        using ModelFiles files = ModelFiles.Open(path);
        int longest = Math.Max(options.Depth + options.GenerateTokens, options.PromptTokens);
        Require.That(longest <= files.Config.ContextLength, longest, "the tokens of a sequence", string.Create(CultureInfo.InvariantCulture, $"at most the model's context, {files.Config.ContextLength}"));
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = ThreadCount.Resolve(threads), CacheTokens = Math.Max(InferenceBenchmark.CacheTokens(options), 1) });
        double bandwidth = ReadBandwidth.Measure(runner.Threads);
        InferenceFigures figures = InferenceBenchmark.Run(runner, options, context.Cancellation);
        double steps = figures.DecodeTokensPerSecond / options.Batch;
        double share = steps * runner.WeightBytes / bandwidth;
        long resident = ProcessMemory.CurrentBytes;
        context.Console.Table(new TextTable(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}, {runner.Threads} threads"),
            [new("What"), new("Figure", Right: true)],
            [
                ["Prompt, tokens/s", Figure(figures.PrefillTokensPerSecond)],
                [string.Create(CultureInfo.InvariantCulture, $"Decoding {options.Batch} at once from {options.Depth} tokens, tokens/s"), Figure(figures.DecodeTokensPerSecond)],
                ["Reading memory, GB/s", Figure(bandwidth / 1e9)],
                ["Weights read while decoding, share of it", Format.Percent(share)],
                ["Weights", Shown.Bytes(runner.WeightBytes)],
                ["Resident memory", Shown.Bytes(resident)],
                ["Managed bytes allocated while decoding", figures.DecodeStepBytes.ToString("N0", CultureInfo.InvariantCulture)],
            ]));
        return new JsonObject
        {
            ["threads"] = runner.Threads,
            ["batch"] = options.Batch,
            ["depth"] = options.Depth,
            ["prefill_tokens_per_second"] = figures.PrefillTokensPerSecond,
            ["decode_tokens_per_second"] = figures.DecodeTokensPerSecond,
            ["read_bandwidth_gbps"] = bandwidth / 1e9,
            ["bandwidth_share"] = share,
            ["weights_mb"] = runner.WeightBytes / 1e6,
            ["cache_mb"] = runner.CacheBytes / 1e6,
            ["rss_mb"] = resident / 1e6,
            ["decode_allocated_bytes"] = figures.DecodeStepBytes,
        };
    }

    private static void WriteRandom(string path, string shape, string format, VerbContext context)
    {
        RandomModelShape found = RandomModelShape.TryFind(shape, out RandomModelShape? known)
            ? known
            : throw new InputException($"--random is {Shown.Quote(shape)}; allowed: 134m, 1.1b.");
        TensorFormat parsed = Enum.TryParse(format, ignoreCase: true, out TensorFormat value) && Enum.IsDefined(value)
            ? value
            : throw new InputException($"--format is {Shown.Quote(format)}; allowed: {string.Join(", ", Enum.GetNames<TensorFormat>())}.");
        context.Console.Info($"Writing random weights to {path}");
        RandomModel.Write(path, found, parsed, seed: 1);
    }

    private static string Figure(double value) => value.ToString("f1", CultureInfo.InvariantCulture);

    private static Option<int> Number(string name, string description, int otherwise, int least)
    {
        const int Most = 1 << 20;
        var number = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => otherwise };
        number.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > Most))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is {given}; allowed: {least} to {Most:N0}."));
            }
        });
        return number;
    }
}
