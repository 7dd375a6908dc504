using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Tokenization;
using Panorama.Training.Benchmarks;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench tokenizer</c>: encoding speed of tokenizer files, beside Microsoft.ML.Tokenizers on the same file and text.</summary>
internal static class TokenizerBench
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        var tokenizers = new Option<string[]>("--tokenizer") { Description = "Tokenizer files or folders, one or several (default: one is trained on the documentation of the SDK)", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
        var english = new Option<string?>("--english") { Description = "English text (default: the documentation of the SDK)", HelpName = "FILE" };
        var chinese = new Option<string?>("--chinese") { Description = "Chinese text (default: drawn characters)", HelpName = "FILE" };
        var megabytes = new Option<int>("--megabytes") { Description = "How much of each text is used", HelpName = "N", DefaultValueFactory = _ => 6 };
        Option<int> rounds = BenchOption.Rounds("Rounds that count; medians are shown", 5);
        return new VerbCommand("tokenizer", "Encoding speed of tokenizer files against Microsoft.ML.Tokenizers", (parsed, context) =>
        {
            int bytes = Require.That(parsed.GetValue(megabytes) is >= 1 and <= 256, parsed.GetValue(megabytes), "--megabytes", "1 to 256") << 20;
            int count = parsed.GetValue(rounds);
            (string Name, string? Path, Tokenizer Tokenizer)[] loaded = parsed.GetValue(tokenizers) is { Length: > 0 } paths
                ? [.. paths.Select(static path => (Name(path), (string?)path, Tokenizer.Load(path)))]
                : [(TokenizerText.TrainedName, null, TokenizerText.TrainedTokenizer(context.Console, context.Cancellation))];
            TokenizerText[] texts = [TokenizerText.English(parsed.GetValue(english), bytes, context.Cancellation), TokenizerText.Chinese(parsed.GetValue(chinese), bytes)];
            List<Figures> figures = [];
            using (IProgressTask task = context.Console.StartTask("Encoding", loaded.Length * texts.Length * (count + 1), "rounds"))
            {
                int done = 0;
                foreach ((string name, string? path, Tokenizer tokenizer) in loaded)
                    figures.AddRange(Measure(name, path, tokenizer, texts, count, text => task.Report(++done, $"{name}, {text.Name}"), context.Cancellation));
            }

            Show(figures, context.Console);
            return Task.FromResult(new JsonObject { ["peer"] = TokenizerPeer.Name, ["results"] = new JsonArray([.. figures.Select(Json)]) });
        })
        {
            tokenizers,
            english,
            chinese,
            megabytes,
            rounds,
        };
    }

    private static IEnumerable<Figures> Measure(string name, string? path, Tokenizer tokenizer, TokenizerText[] texts, int rounds, Action<TokenizerText> finished, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("panorama-bench-").FullName;
        try
        {
            tokenizer.Save(folder);
            string json = Path.Combine(folder, "tokenizer.json");
            (Microsoft.ML.Tokenizers.Tokenizer? peer, string? reason) = TokenizerPeer.Open(path ?? json, json);
            foreach (TokenizerText text in texts)
            {
                Figures figures = Measure(tokenizer, peer, text, rounds, Finished, cancellation);
                yield return figures with { Name = name, Path = path ?? name, Reason = reason };

                void Finished(int round)
                {
                    finished(text);
                    cancellation.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // One thread, two threads and the peer in turns, so that the machine's moods meet all of them.
    private static Figures Measure(Tokenizer tokenizer, Microsoft.ML.Tokenizers.Tokenizer? peer, TokenizerText text, int rounds, Action<int> finished, CancellationToken cancellation)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text.Text);
        int[] ids = [];
        IReadOnlyList<int>? peerIds = null;
        List<Action> actions = [() => ids = tokenizer.EncodeLong(utf8, 1, cancellation: cancellation), () => tokenizer.EncodeLong(utf8, 2, cancellation: cancellation)];
        if (peer is not null) actions.Add(() => peerIds = peer.EncodeToIds(text.Text));
        double[] speeds = Array.ConvertAll(Stopwatches.Medians(rounds, [.. actions], finished), seconds => utf8.Length / 1e6 / seconds);
        return new Figures("", "", text, utf8.Length, ids.Length, speeds[0], speeds[1], peer is null ? null : speeds[2], peerIds?.SequenceEqual(ids), null);
    }

    private static void Show(List<Figures> figures, IRunConsole console)
    {
        console.Table(new TextTable(
            "Encoding, MB/s",
            [new("Tokenizer"), new("Text"), new("One thread", Right: true), new("Two threads", Right: true), new("Microsoft.ML", Right: true), new("Ratio", Right: true), new("Same ids")],
            [.. figures.Select(f => (IReadOnlyList<string>)
            [
                f.Name,
                f.Text.Name,
                Number(f.One),
                Number(f.Two),
                f.Peer is { } peer ? Number(peer) : "cannot read it",
                f.Peer is { } slower ? Number(f.One / slower) : "",
                f.SameIds is { } same ? (same ? "yes" : "no") : "",
            ])]));
    }

    // A file name says little when it is tokenizer.json: the folders above it do.
    private static string Name(string path) => string.Join('/', Path.GetFullPath(path).Split(Path.DirectorySeparatorChar)[^Math.Min(3, Path.GetFullPath(path).Split(Path.DirectorySeparatorChar).Length)..]);

    private static string Number(double value) => value.ToString("f1", CultureInfo.InvariantCulture);

    private static JsonNode Json(Figures figures) => new JsonObject
    {
        ["tokenizer"] = figures.Path,
        ["text"] = figures.Text.Name,
        ["source"] = figures.Text.Source,
        ["bytes"] = figures.Bytes,
        ["tokens"] = figures.Tokens,
        ["mb_per_second"] = figures.One,
        ["mb_per_second_two_threads"] = figures.Two,
        ["peer_mb_per_second"] = figures.Peer,
        ["ratio"] = figures.Peer is { } peer ? figures.One / peer : null,
        ["same_ids"] = figures.SameIds,
        ["peer_cannot"] = figures.Reason,
    };

    private sealed record Figures(string Name, string Path, TokenizerText Text, int Bytes, int Tokens, double One, double Two, double? Peer, bool? SameIds, string? Reason);
}
