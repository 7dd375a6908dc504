using System.Text.Json;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads <c>model</c>: its vocabulary and its parameters.</summary>
internal static class ModelReader
{
    private const string Known = "BPE, WordPiece, Unigram, WordLevel";

    /// <summary>The kind of model; old files do not say, and their members tell.</summary>
    public static string Kind(JsonPart model)
    {
        if (model.IsAbsent) throw model.Fail("is missing");
        if (!model["type"].IsAbsent) return model.Kind() is "BPE" or "WordPiece" or "Unigram" or "WordLevel" ? model.Kind() : throw model["type"].Unsupported(Known);
        if (!model["merges"].IsAbsent) return "BPE";
        if (model["vocab"].Value.ValueKind == JsonValueKind.Array) return "Unigram";
        return model["max_input_chars_per_word"].IsAbsent ? throw model["type"].Unsupported(Known) : "WordPiece";
    }

    /// <summary>Reads <c>vocab</c>: token to id.</summary>
    public static Dictionary<string, int> ReadVocabulary(JsonPart model)
    {
        JsonPart part = model["vocab"];
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        if (Kind(model) == "Unigram")
        {
            foreach (JsonPart piece in part.Items())
                if (!vocabulary.TryAdd(Piece(piece), vocabulary.Count)) throw piece.Fail($"is the token \"{JsonPart.Cut(Piece(piece))}\" a second time");
            return vocabulary;
        }

        if (part.Value.ValueKind != JsonValueKind.Object) throw part.Fail($"is {part.Shown()}, not an object");
        foreach (JsonProperty token in part.Value.EnumerateObject())
        {
            string name = token.Name;
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id) || id < 0)
                id = new JsonPart(part.File, $"model.vocab[\"{JsonPart.Cut(name)}\"]", token.Value).Id(); // complains
            if (!vocabulary.TryAdd(name, id)) throw part.Fail($"has the token \"{JsonPart.Cut(name)}\" twice");
        }

        return vocabulary;
    }

    /// <summary>Reads everything else.</summary>
    public static ModelDefinition Read(JsonPart model, Dictionary<string, int> vocabulary)
    {
        switch (Kind(model))
        {
            case "BPE":
                return ReadBpe(model, vocabulary);
            case "WordPiece":
                return new WordPieceDefinition(
                    model["unk_token"].IsAbsent ? "[UNK]" : model["unk_token"].Text(),
                    model["continuing_subword_prefix"].IsAbsent ? "##" : PartLimits.ShortText(model["continuing_subword_prefix"]),
                    LongestWord(model["max_input_chars_per_word"]));
            case "WordLevel":
                return new WordLevelDefinition(model["unk_token"].IsAbsent ? "<unk>" : model["unk_token"].Text());
            default:
                return ReadUnigram(model, vocabulary.Count);
        }
    }

    private static BpeDefinition ReadBpe(JsonPart model, Dictionary<string, int> vocabulary)
    {
        JsonPart dropout = model["dropout"];
        if (!dropout.IsAbsent && !(dropout.Value.ValueKind == JsonValueKind.Number && dropout.Value.GetDouble() == 0)) throw dropout.Unsupported("null or 0 (encoding is deterministic)");
        string prefix = Affix(model["continuing_subword_prefix"]);
        return new BpeDefinition
        {
            Merges = MergesReader.Read(model["merges"], vocabulary, prefix),
            UnknownToken = model["unk_token"].IsAbsent ? null : model["unk_token"].Text(),
            FuseUnknown = model["fuse_unk"].Flag(),
            ByteFallback = model["byte_fallback"].Flag(),
            IgnoreMerges = model["ignore_merges"].Flag(),
            ContinuingPrefix = prefix,
            EndSuffix = Affix(model["end_of_word_suffix"]),
        };
    }

    private static UnigramDefinition ReadUnigram(JsonPart model, int count)
    {
        var scores = new double[count];
        int id = 0;
        foreach (JsonPart piece in model["vocab"].Items())
        {
            JsonElement score = piece.Value[1];
            if (score.ValueKind != JsonValueKind.Number || !double.IsFinite(scores[id++] = score.GetDouble())) throw piece.Fail($"is {piece.Shown()}; its second part must be a finite number");
        }

        JsonPart unknown = model["unk_id"];
        if (!unknown.IsAbsent && unknown.Id() >= count) throw unknown.Fail($"is {unknown.Id()}, outside the {count} tokens of model.vocab");
        return new UnigramDefinition(scores, unknown.IsAbsent ? null : unknown.Id(), model["byte_fallback"].Flag());
    }

    private static string Piece(JsonPart piece) =>
        piece.Value.ValueKind == JsonValueKind.Array && piece.Value.GetArrayLength() == 2 && piece.Value[0].ValueKind == JsonValueKind.String
            ? piece.Value[0].GetString()!
            : throw piece.Fail($"is {piece.Shown()}, not [\"token\", score]");

    private static int LongestWord(JsonPart part)
    {
        if (part.IsAbsent) return 100;
        return part.Id() <= PartLimits.LongestWord ? part.Id() : throw part.Fail($"is {part.Id()}; at most {PartLimits.LongestWord} are allowed");
    }

    private static string Affix(JsonPart part) => part.IsAbsent ? "" : PartLimits.ShortText(part);
}
