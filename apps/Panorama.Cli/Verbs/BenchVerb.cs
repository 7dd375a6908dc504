using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Data.Corpus;
using Panorama.Data.Shards;
using Panorama.Tokenization;
using Panorama.Training.Benchmarks;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench</c>: speed figures, each beside a named peer measured in the same run.</summary>
internal static class BenchVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create() => new("bench", "Measure speed against named peers, side by side") { InferenceBench.Create(), TrainBench.Create(), LoraBench.Create(), TokenizerBench.Create(), Loss() };

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
}
