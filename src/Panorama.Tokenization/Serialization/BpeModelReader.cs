using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Bytes;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads the <c>model</c> part of type BPE.</summary>
internal static class BpeModelReader
{
    /// <summary>Reads <c>vocab</c>, after refusing options that change ids and are not supported.</summary>
    public static Dictionary<string, int> ReadVocabulary(JsonPart model)
    {
        if (model.IsAbsent) throw model.Fail("is missing");
        // Old files have no type; their merges tell.
        if (!(model["type"].IsAbsent && !model["merges"].IsAbsent) && model.Kind() != "BPE") throw model["type"].Unsupported("BPE");
        foreach (string option in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (!model[option].IsAbsent && model[option].Text().Length > 0) throw model[option].Unsupported("null or \"\"");
        if (!model["dropout"].IsAbsent && !(model["dropout"].Value.ValueKind == JsonValueKind.Number && model["dropout"].Value.GetDouble() == 0))
            throw model["dropout"].Unsupported("null or 0");
        if (model["byte_fallback"].Flag()) throw model["byte_fallback"].Unsupported("false (byte-level vocabularies have every byte)");

        JsonPart part = model["vocab"];
        if (part.Value.ValueKind != JsonValueKind.Object) throw part.Fail($"is {part.Shown()}, not an object");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty token in part.Value.EnumerateObject())
        {
            string name = token.Name;
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id) || id < 0)
                id = new JsonPart(part.File, $"model.vocab[\"{JsonPart.Cut(name)}\"]", token.Value).Id(); // complains
            if (!vocabulary.TryAdd(name, id)) throw part.Fail($"has the token \"{JsonPart.Cut(name)}\" twice");
        }

        for (int b = 0; b < 256; b++)
        {
            char symbol = ByteAlphabet.ToChar((byte)b);
            if (!vocabulary.ContainsKey(symbol.ToString())) throw part.Fail($"has no token \"{symbol}\" for the byte 0x{b:X2}; a byte-level vocabulary has all 256");
        }

        return vocabulary;
    }

    /// <summary>Reads <c>merges</c>, in both forms: <c>"a b"</c> and <c>["a", "b"]</c>.</summary>
    public static Merge[] ReadMerges(JsonPart part, Dictionary<string, int> vocabulary, List<AddedToken> added)
    {
        if (part.Value.ValueKind != JsonValueKind.Array) throw part.Fail($"is {part.Shown()}, not an array");
        var special = added.Where(static t => t.Special).Select(static t => t.Content).ToHashSet(StringComparer.Ordinal);
        var single = new byte[1];
        foreach (string content in special)
            if (content.Length == 1 && ByteAlphabet.TryToBytes(content, single)) throw Forbidden(part, content, "is the token of a byte");

        var merges = new Merge[part.Value.GetArrayLength()];
        int rank = 0;
        foreach (JsonElement item in part.Value.EnumerateArray())
        {
            (string left, string right) = Sides(part, rank, item);
            string result = left + right;
            merges[rank] = new Merge(Id(part, rank, vocabulary, left), Id(part, rank, vocabulary, right), Id(part, rank, vocabulary, result));
            if (special.Contains(result)) throw Forbidden(At(part, rank, item), result, "is made by this merge");
            rank++;
        }

        return merges;
    }

    private static (string Left, string Right) Sides(JsonPart part, int rank, JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.String)
        {
            string both = item.GetString()!;
            int space = both.IndexOf(' ');
            if (space > 0 && space < both.Length - 1 && both.LastIndexOf(' ') == space) return (both[..space], both[(space + 1)..]);
        }
        else if (item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 2 && item[0].ValueKind == JsonValueKind.String && item[1].ValueKind == JsonValueKind.String)
        {
            return (item[0].GetString()!, item[1].GetString()!);
        }

        JsonPart at = At(part, rank, item);
        throw at.Fail($"is {at.Shown()}, not \"a b\" or [\"a\", \"b\"]");
    }

    private static int Id(JsonPart part, int rank, Dictionary<string, int> vocabulary, string token) => vocabulary.TryGetValue(token, out int id)
        ? id
        : throw At(part, rank, default).Fail($"names \"{JsonPart.Cut(token)}\", which is not in model.vocab");

    private static JsonPart At(JsonPart part, int rank, JsonElement item) => new(part.File, $"{part.Where}[{rank}]", item);

    // A control token that plain text can make would let users forge turns of a chat.
    private static InvalidFileException Forbidden(JsonPart at, string content, string why) => at.Fail($"the special token \"{content}\" {why}, so plain text could make it");
}
