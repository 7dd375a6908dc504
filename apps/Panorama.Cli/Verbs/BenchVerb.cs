using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Data.Corpus;
using Panorama.Data.Shards;
using Panorama.Modeling.Native;
using Panorama.Tokenization;
using Panorama.Training.Benchmarks;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench</c>: speed figures, each beside a named peer measured in the same run.</summary>
internal static class BenchVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create() => new("bench", "Measure speed against named peers, side by side") { Train(), TokenizerBench.Create(), Loss() };

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

    private static VerbCommand Loss()
    {
        var corpus = new Option<string>("--corpus") { Description = "Corpus with token shard, such as runs/demo/corpus", HelpName = "DIR", Required = true };
        var seconds = new Option<double>("--seconds") { Description = "Seconds to train", HelpName = "N", DefaultValueFactory = _ => 200 };
        return new VerbCommand("loss", "Held-out bits per byte that a plain eager TorchSharp loop reaches on a corpus in a given time", (parsed, context) =>
        {
            double time = Require.That(parsed.GetValue(seconds) is > 0 and <= 1e6, parsed.GetValue(seconds), "--seconds", "more than 0, at most 1,000,000");
            var folder = new CorpusFolder(parsed.GetRequiredValue(corpus));
            var tokenizer = Tokenizer.Load(folder.TokenizerFile);
            using var shard = new TokenShardReader(folder.TrainingShard, tokenizer.VocabularySize);
            EagerOutcome outcome;
            using (IProgressTask task = context.Console.StartTask("Eager TorchSharp", (long)time, "seconds"))
            {
                outcome = EagerTraining.Run(shard, tokenizer.VocabularySize, CorpusPreparation.HeldOut(folder.ReadHeldOut(), tokenizer), time, (gone, loss) => task.Report((long)gone, $"loss {Format.Significant(loss)}"), context.Cancellation);
            }

            context.Console.Info(string.Create(CultureInfo.InvariantCulture, $"{outcome.BitsPerByte:f4} bits per byte after {outcome.Steps:N0} steps and {outcome.Tokens:N0} tokens in {outcome.Seconds:f0} s"));
            return Task.FromResult(new JsonObject { ["val_bpb"] = outcome.BitsPerByte, ["steps"] = outcome.Steps, ["train_tokens"] = outcome.Tokens, ["seconds"] = outcome.Seconds });
        })
        {
            corpus,
            seconds,
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
