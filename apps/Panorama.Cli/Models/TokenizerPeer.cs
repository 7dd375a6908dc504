using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Panorama.Cli.Models;

/// <summary>The same tokenizer file in Microsoft.ML.Tokenizers, where it can read it; for the benchmark only.</summary>
internal static class TokenizerPeer
{
    /// <summary>The peer's name and version.</summary>
    public const string Name = "Microsoft.ML.Tokenizers 2.0.1";

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMinutes(5); // a whole text is one call

    /// <summary>Opens a file in the peer.</summary>
    /// <param name="path">The file that was given, or a folder.</param>
    /// <param name="json">The same tokenizer as <c>tokenizer.json</c>.</param>
    /// <returns>The peer, or null with the reason.</returns>
    public static (Tokenizer? Peer, string? Reason) Open(string path, string json)
    {
        if (File.Exists(path) && Path.GetExtension(path) == ".model") return SentencePiece(path);
        if (File.Exists(path) && Path.GetFileName(path) == "vocab.txt") return (BertTokenizer.Create(path), null);
        using var document = JsonDocument.Parse(File.ReadAllBytes(json));
        JsonElement root = document.RootElement, model = root.GetProperty("model");
        if (model.GetProperty("type").GetString() != "BPE" || root.GetProperty("normalizer").ValueKind != JsonValueKind.Null) return (null, "it reads byte-level BPE without a normalizer, SentencePiece models and vocab.txt only");
        if (Pattern(root.GetProperty("pre_tokenizer")) is not { } pattern) return (null, "it has one expression as a pre-tokenizer only");
        var options = new BpeOptions(model.GetProperty("vocab").EnumerateObject().Select(static token => new KeyValuePair<string, int>(token.Name, token.Value.GetInt32())))
        {
            ByteLevel = true,
            Merges = [.. model.GetProperty("merges").EnumerateArray().Select(static merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}")],
            PreTokenizer = new RegexPreTokenizer(new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, PatternTimeout), null),
        };
        return (BpeTokenizer.Create(options), null);
    }

    private static (Tokenizer? Peer, string? Reason) SentencePiece(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return (SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false), null);
    }

    private static string? Pattern(JsonElement part)
    {
        const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
        if (part.ValueKind != JsonValueKind.Object) return null;
        if (part.GetProperty("type").GetString() == "ByteLevel") return Gpt2;
        if (part.GetProperty("type").GetString() != "Sequence" || part.GetProperty("pretokenizers").GetArrayLength() != 2) return null;
        JsonElement split = part.GetProperty("pretokenizers")[0];
        return split.GetProperty("type").GetString() == "Split" && split.GetProperty("pattern").TryGetProperty("Regex", out JsonElement regex) ? regex.GetString() : null;
    }
}
