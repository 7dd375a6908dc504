using System.Text.Json;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads the <c>merges</c> of a BPE model.</summary>
internal static class MergesReader
{
    /// <summary>Reads both forms: <c>"a b"</c> and <c>["a", "b"]</c>.</summary>
    /// <param name="part">The list.</param>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="prefix">What the right side loses when the sides are joined, if it begins with it.</param>
    public static Merge[] Read(JsonPart part, Dictionary<string, int> vocabulary, string prefix)
    {
        if (part.Value.ValueKind != JsonValueKind.Array) throw part.Fail($"is {part.Shown()}, not an array");
        var merges = new Merge[part.Value.GetArrayLength()];
        int rank = 0;
        foreach (JsonElement item in part.Value.EnumerateArray())
        {
            (string left, string right) = Sides(part, rank, item);
            string result = left + (prefix.Length > 0 && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right);
            merges[rank] = new Merge(Id(part, rank, vocabulary, left), Id(part, rank, vocabulary, right), Id(part, rank, vocabulary, result));
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
}
