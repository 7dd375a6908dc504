using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Tokenization;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama bench tokenizer</c>: encoding speed of tokenizer files, beside Microsoft.ML.Tokenizers on the same file and text.</summary>
internal static class TokenizerBench
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        var tokenizers = new Option<string[]>("--tokenizer") { Description = "Tokenizer files or folders, one or several", HelpName = "PATH", Required = true, AllowMultipleArgumentsPerToken = true };
        var english = new Option<string?>("--english") { Description = "English text (default: the documentation of the SDK)", HelpName = "FILE" };
        var chinese = new Option<string?>("--chinese") { Description = "Chinese text (default: drawn characters)", HelpName = "FILE" };
        var megabytes = new Option<int>("--megabytes") { Description = "How much of each text is used", HelpName = "N", DefaultValueFactory = _ => 6 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; medians are shown", HelpName = "N", DefaultValueFactory = _ => 5 };
        return new VerbCommand("tokenizer", "Encoding speed of tokenizer files against Microsoft.ML.Tokenizers", (parsed, context) =>
        {
            int bytes = Require.That(parsed.GetValue(megabytes) is >= 1 and <= 256, parsed.GetValue(megabytes), "--megabytes", "1 to 256") << 20;
            int count = Require.That(parsed.GetValue(rounds) is >= 1 and <= 1000, parsed.GetValue(rounds), "--rounds", "1 to 1000");
            (string Path, Tokenizer Tokenizer)[] loaded = [.. parsed.GetRequiredValue(tokenizers).Select(static path => (path, Tokenizer.Load(path)))];
            TokenizerText[] texts = [TokenizerText.English(parsed.GetValue(english), bytes, context.Cancellation), TokenizerText.Chinese(parsed.GetValue(chinese), bytes)];
            List<Figures> figures = [];
            using (IProgressTask task = context.Console.StartTask("Encoding", loaded.Length * texts.Length * count, "rounds"))
            {
                foreach ((string path, Tokenizer tokenizer) in loaded) figures.AddRange(Measure(path, tokenizer, texts, count, task, context.Cancellation));
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

    private static IEnumerable<Figures> Measure(string path, Tokenizer tokenizer, TokenizerText[] texts, int rounds, IProgressTask task, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("panorama-bench-").FullName;
        try
        {
            tokenizer.Save(folder);
            (Microsoft.ML.Tokenizers.Tokenizer? peer, string? reason) = TokenizerPeer.Open(path, Path.Combine(folder, "tokenizer.json"));
            foreach (TokenizerText text in texts) yield return Measure(path, tokenizer, peer, reason, text, rounds, task, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // One thread, two threads and the peer in turns, so that the machine's moods meet all of them.
    private static Figures Measure(
        string path, Tokenizer tokenizer, Microsoft.ML.Tokenizers.Tokenizer? peer, string? reason, TokenizerText text, int rounds, IProgressTask task, CancellationToken cancellation)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text.Text);
        (int[] ids, IReadOnlyList<int>? peerIds) = (tokenizer.EncodeLong(utf8, 1, cancellation: cancellation), peer?.EncodeToIds(text.Text)); // also warms both up
        (List<double> one, List<double> two, List<double> other) = ([], [], []);
        for (int i = 0; i < rounds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            one.Add(Seconds(() => tokenizer.EncodeLong(utf8, 1, cancellation: cancellation)));
            two.Add(Seconds(() => tokenizer.EncodeLong(utf8, 2, cancellation: cancellation)));
            if (peer is not null) other.Add(Seconds(() => peer.EncodeToIds(text.Text)));
            task.Report(i + 1, $"{Path.GetFileName(path)}, {text.Name}");
        }

        double megabytes = utf8.Length / 1e6;
        return new Figures(path, text, utf8.Length, ids.Length, megabytes / Median(one), megabytes / Median(two), peer is null ? null : megabytes / Median(other), peerIds?.SequenceEqual(ids), reason);
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Show(List<Figures> figures, IRunConsole console)
    {
        console.Table(new TextTable(
            "Encoding, MB/s",
            [new("Tokenizer"), new("Text"), new("One thread", Right: true), new("Two threads", Right: true), new("Microsoft.ML", Right: true), new("Ratio", Right: true), new("Same ids")],
            [.. figures.Select(f => (IReadOnlyList<string>)
            [
                Name(f.Path),
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

    private sealed record Figures(string Path, TokenizerText Text, int Bytes, int Tokens, double One, double Two, double? Peer, bool? SameIds, string? Reason);
}
