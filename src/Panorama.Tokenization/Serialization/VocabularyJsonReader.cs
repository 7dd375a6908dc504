using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads GPT-2's two files: the vocabulary as a JSON object and, beside it, the merges as lines <c>a b</c>.</summary>
internal static class VocabularyJsonReader
{
    private static readonly (string Vocabulary, string Merges)[] Pairs = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];
    private static readonly string[] SpecialTokens = ["<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|im_start|>", "<|im_end|>"];

    /// <summary>Whether JSON is a plain vocabulary: its first member is a number.</summary>
    public static bool IsVocabulary(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json.StartsWith("\uFEFF"u8) ? json[3..] : json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.Read() && reader.TokenType == JsonTokenType.Number;
        }
        catch (JsonException)
        {
            return false; // the reader of tokenizer.json says what is wrong
        }
    }

    /// <summary>Whether text begins as a list of merges does.</summary>
    public static bool IsMerges(ReadOnlySpan<byte> start) => start.StartsWith("#version"u8);

    /// <summary>Reads the vocabulary that belongs to a list of merges.</summary>
    public static TokenizerDefinition ReadBesideMerges(string merges)
    {
        string vocabulary = Beside(merges, Pairs.FirstOrDefault(pair => pair.Merges == Path.GetFileName(merges)).Vocabulary ?? "vocab.json");
        return Read(vocabulary, InputFile.ReadAllBytes(vocabulary, TokenizerFile.LargestFile));
    }

    /// <summary>Reads the vocabulary and the merges beside it.</summary>
    public static TokenizerDefinition Read(string file, byte[] json)
    {
        string mergesFile = Beside(file, Pairs.FirstOrDefault(pair => pair.Vocabulary == Path.GetFileName(file)).Merges ?? "merges.txt");
        string[] lines = TokenizerFile.Lines(mergesFile, InputFile.ReadAllBytes(mergesFile, TokenizerFile.LargestFile));
        string[] merges = [.. lines.Where(static line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))];
        if (merges.Any(static line => line.EndsWith("</w>", StringComparison.Ordinal)))
            throw new InvalidFileException(mergesFile, "marks the ends of words with </w>: its pattern is not in the file. Convert it to tokenizer.json.");
        try
        {
            using var document = JsonDocument.Parse(json);
            using var rules = JsonDocument.Parse(JsonList(merges));
            var model = new JsonPart(file, "", document.RootElement);
            Dictionary<string, int> vocabulary = Vocabulary(model);
            List<AddedToken> added = [.. SpecialTokens.Where(vocabulary.ContainsKey).Select(token => new AddedToken(vocabulary[token], token, Special: true))];
            string?[] tokens = TokenTable.Join(model, vocabulary, model, added);
            return new TokenizerDefinition
            {
                Tokens = tokens,
                InModel = Array.ConvertAll(tokens, static token => token is not null),
                AddedTokens = added,
                Model = new BpeDefinition { Merges = MergesReader.Read(new JsonPart(mergesFile, "line", rules.RootElement), vocabulary, "") },
                Parts = TokenizerParts.Parse(file, $$$"""{"pre_tokenizer":{{{SplitPatternText.Json(SplitPattern.Gpt2)}}},"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}}""", tokens.Length),
            };
        }
        catch (JsonException e)
        {
            throw new InvalidFileException(file, $"not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidFileException(file, "a string is not valid Unicode (a lone surrogate or broken UTF-8).", e);
        }
    }

    private static Dictionary<string, int> Vocabulary(JsonPart part)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty token in part.Value.EnumerateObject())
            if (!vocabulary.TryAdd(token.Name, new JsonPart(part.File, $"\"{JsonPart.Cut(token.Name)}\"", token.Value).Id())) throw part.Fail($"has the token \"{JsonPart.Cut(token.Name)}\" twice");
        return vocabulary;
    }

    private static byte[] JsonList(string[] lines)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (string line in lines) json.WriteStringValue(line);
            json.WriteEndArray();
        }

        return stream.ToArray();
    }

    private static string Beside(string file, string name) => Path.Combine(Path.GetDirectoryName(file) ?? "", name);
}
