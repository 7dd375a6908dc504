using System.Text.Json;
using Panorama.Tokenization.AddedTokens;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads and writes <c>added_tokens</c>.</summary>
internal static class AddedTokensJson
{
    /// <summary>Reads the list; missing is empty.</summary>
    public static List<AddedToken> Read(JsonPart list)
    {
        var tokens = new List<AddedToken>();
        if (list.IsAbsent) return tokens;
        foreach (JsonPart part in list.Items())
        {
            string content = part["content"].Text();
            if (content.Length is 0 or > PartLimits.LongestToken) throw part["content"].Fail($"has {content.Length} characters; allowed: 1 to {PartLimits.LongestToken}");
            bool special = part["special"].Flag();
            tokens.Add(new AddedToken(
                part["id"].Id(), content, special, part["normalized"].Flag(), part["single_word"].Flag(), part["lstrip"].Flag(), part["rstrip"].Flag()));
        }

        return tokens;
    }

    /// <summary>Writes the list.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokens.OrderBy(static t => t.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.TakesLeft);
            json.WriteBoolean("rstrip", token.TakesRight);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
