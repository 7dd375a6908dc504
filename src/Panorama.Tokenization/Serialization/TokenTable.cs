using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;

namespace Panorama.Tokenization.Serialization;

/// <summary>Joins the model's vocabulary and the added tokens into one table without clash.</summary>
internal static class TokenTable
{
    private const int MostHoles = 1 << 16; // published files leave some ids without a token, a few dozen

    /// <summary>All tokens in id order; null where an id has none.</summary>
    /// <exception cref="InvalidFileException">Two tokens share an id, a token has two ids, or most ids have no token.</exception>
    public static string?[] Join(JsonPart vocabularyPart, Dictionary<string, int> vocabulary, JsonPart addedPart, List<AddedToken> added)
    {
        var newTokens = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (AddedToken token in added)
        {
            int known = vocabulary.TryGetValue(token.Content, out int id) ? id : token.Id;
            if (known != token.Id) throw addedPart.Fail($"gives \"{token.Content}\" the id {token.Id}, but model.vocab gives it {known}");
            if (!newTokens.TryAdd(token.Content, token.Id)) throw addedPart.Fail($"has \"{token.Content}\" twice");
        }

        foreach (string content in newTokens.Keys.Where(vocabulary.ContainsKey).ToArray()) newTokens.Remove(content);
        int count = vocabulary.Count + newTokens.Count, size = 0;
        if (count == 0) throw vocabularyPart.Fail("has no token");
        foreach ((string token, int id) in vocabulary) size = Math.Max(size, Bounded(vocabularyPart, PartLimits.CheckedToken(vocabularyPart.File, token, $"{(vocabularyPart.Where.Length == 0 ? "" : vocabularyPart.Where + ": ")}the token"), id, count));
        foreach ((string token, int id) in newTokens) size = Math.Max(size, Bounded(addedPart, token, id, count));

        var tokens = new string?[size];
        foreach ((string token, int id) in vocabulary) Place(vocabularyPart, tokens, token, id);
        foreach ((string token, int id) in newTokens) Place(addedPart, tokens, token, id);
        return tokens;
    }

    // One more than the id; the table must not be much longer than the file.
    private static int Bounded(JsonPart part, string token, int id, int count) => id < count + MostHoles
        ? id + 1
        : throw part.Fail($"gives \"{JsonPart.Cut(token)}\" the id {id}, but there are {count} tokens in all; at most {MostHoles} ids may be without a token");

    private static void Place(JsonPart part, string?[] tokens, string token, int id)
    {
        if (tokens[id] is { } other) throw part.Fail($"gives the id {id} to both \"{JsonPart.Cut(other)}\" and \"{JsonPart.Cut(token)}\"");
        tokens[id] = token;
    }
}
