using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Serialization;

/// <summary>
/// Reads <c>tokenizer.json</c> (the serialization of Hugging Face tokenizers). A part that is not known is refused by
/// name: ignoring it would give other ids than the model was trained with.
/// </summary>
internal static class TokenizerJsonReader
{
    /// <summary>The file's name inside a model folder.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>Reads and checks a file.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="json">Its content.</param>
    public static TokenizerDefinition Read(string file, ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(new JsonPart(file, "", document.RootElement));
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

    private static TokenizerDefinition Read(JsonPart root)
    {
        (List<AddedToken> added, Dictionary<string, int> vocabulary) = (AddedTokensJson.Read(root["added_tokens"]), ModelReader.ReadVocabulary(root["model"]));
        string?[] tokens = TokenTable.Join(root["model"]["vocab"], vocabulary, root["added_tokens"], added);
        var definition = new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = Array.ConvertAll(tokens, token => token is not null && vocabulary.ContainsKey(token)),
            AddedTokens = added,
            Model = ModelReader.Read(root["model"], vocabulary),
            Parts = TokenizerParts.Read(root, tokens.Length),
        };
        RequirePlainBytes(definition, root["added_tokens"]);
        return definition;
    }

    // A control token that plain text can make would let users forge turns of a chat.
    private static void RequirePlainBytes(TokenizerDefinition definition, JsonPart part)
    {
        if (definition.Parts.PreTokenizer.BytesAt < 0) return;
        var single = new byte[1];
        foreach (AddedToken token in definition.AddedTokens)
            if (token.Special && token.Content.Length == 1 && ByteAlphabet.TryToBytes(token.Content, single)) throw part.Fail($"make \"{token.Content}\" special, which is the token of a byte, so plain text could make it");
    }
}
