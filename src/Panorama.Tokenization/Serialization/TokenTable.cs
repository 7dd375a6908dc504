using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;

namespace Panorama.Tokenization.Serialization;

/// <summary>Joins the model's vocabulary and the added tokens into one table without clash or hole.</summary>
internal static class TokenTable
{
    /// <summary>All tokens in id order.</summary>
    /// <exception cref="InvalidFileException">Two tokens share an id, a token has two ids, or an id has no token.</exception>
    public static string[] Join(JsonPart vocabularyPart, Dictionary<string, int> vocabulary, JsonPart addedPart, List<AddedToken> added)
    {
        var newTokens = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (AddedToken token in added)
        {
            int known = vocabulary.TryGetValue(token.Content, out int id) ? id : token.Id;
            if (known != token.Id) throw addedPart.Fail($"gives \"{token.Content}\" the id {token.Id}, but model.vocab gives it {known}");
            if (!newTokens.TryAdd(token.Content, token.Id)) throw addedPart.Fail($"has \"{token.Content}\" twice");
        }

        foreach (string content in newTokens.Keys.Where(vocabulary.ContainsKey).ToArray()) newTokens.Remove(content);
        // As many distinct ids as tokens, all below their number, leave no hole: the table is no longer than the file.
        var tokens = new string?[vocabulary.Count + newTokens.Count];
        foreach ((string token, int id) in vocabulary) Place(vocabularyPart, tokens, token, id);
        foreach ((string token, int id) in newTokens) Place(addedPart, tokens, token, id);
        return tokens!;
    }

    private static void Place(JsonPart part, string?[] tokens, string token, int id)
    {
        if (id >= tokens.Length)
            throw part.Fail($"gives \"{JsonPart.Cut(token)}\" the id {id}, but there are {tokens.Length} tokens in all: some smaller id has no token; ids must be 0 to {tokens.Length - 1} without holes");
        if (tokens[id] is { } other) throw part.Fail($"gives the id {id} to both \"{JsonPart.Cut(other)}\" and \"{JsonPart.Cut(token)}\"");
        tokens[id] = token;
    }
}
