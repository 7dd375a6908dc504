using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Panorama.Tokenization.Bytes;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests;

/// <summary>Small tokenizer files, written as others write them.</summary>
internal static class TestFiles
{
    public const string EndOfText = "<|endoftext|>";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A file with the 256 bytes (ids 0 to 255 by character), one token a merge, and one special token.</summary>
    public static JsonObject Json(params string[] merges)
    {
        var vocabulary = new JsonObject();
        foreach (byte b in ByteAlphabet.InCharacterOrder) vocabulary.Add(ByteAlphabet.ToChar(b).ToString(), vocabulary.Count);
        foreach (string merge in merges) vocabulary.TryAdd(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(Added(vocabulary.Count, EndOfText, special: true)),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(static m => (JsonNode)m)]),
            },
        };
    }

    public static JsonObject Added(int id, string content, bool special) => new() { ["id"] = id, ["content"] = content, ["special"] = special };

    public static string Text(JsonNode json) => json.ToJsonString(Relaxed);

    public static Tokenizer Load(JsonNode json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], Text(json));
        return Tokenizer.Load(folder.Path);
    }

    /// <summary>Trains with the test's own cancellation.</summary>
    public static Tokenizer Train(IEnumerable<string> texts, BpeTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress = null) =>
        BpeTrainer.Train(texts, options, progress, TestContext.Current.CancellationToken);

    /// <summary>The tokens as text, for readable expectations.</summary>
    public static string Shown(this Tokenizer tokenizer, IEnumerable<int> ids) => string.Join('|', ids.Select(tokenizer.IdToToken));
}

/// <summary>A folder that is gone when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("panorama-tokenizer-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
