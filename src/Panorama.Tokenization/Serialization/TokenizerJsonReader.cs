using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>
/// Reads <c>tokenizer.json</c> (the serialization of Hugging Face tokenizers). A part that is not supported is refused by
/// name: ignoring it would give other ids than the model was trained with.
/// </summary>
internal static class TokenizerJsonReader
{
    /// <summary>The largest file that is read, in bytes; the largest published ones have about 40 MB.</summary>
    public const long LargestFile = 256L << 20;

    /// <summary>The file's name inside a model folder.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file, or a folder that holds one.</param>
    public static TokenizerDefinition Read(string path)
    {
        string file = ModelFolder.FileToRead(path, FileName);
        try
        {
            using JsonDocument document = JsonDocument.Parse(InputFile.ReadBytes(file, LargestFile, "tokenizer"));
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
        foreach (string part in (string[])["truncation", "padding"])
            if (!root[part].IsAbsent) throw root[part].Unsupported("null");
        RequireNoNormalizer(root["normalizer"]);
        RequireByteLevelDecoder(root["decoder"]);

        (List<AddedToken> added, Dictionary<string, int> vocabulary) = (AddedTokensJson.Read(root["added_tokens"]), BpeModelReader.ReadVocabulary(root["model"]));
        string[] tokens = TokenTable.Join(root["model"]["vocab"], vocabulary, root["added_tokens"], added);
        Merge[] merges = BpeModelReader.ReadMerges(root["model"]["merges"], vocabulary, added);
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = Array.ConvertAll(tokens, vocabulary.ContainsKey),
            Merges = merges,
            AddedTokens = added,
            Pattern = PreTokenizerReader.Read(root["pre_tokenizer"]),
            IgnoreMerges = root["model"]["ignore_merges"].Flag(),
            Template = PostProcessorReader.Read(root["post_processor"], tokens.Length),
        };
    }

    private static void RequireNoNormalizer(JsonPart normalizer)
    {
        if (!normalizer.IsAbsent) throw normalizer["type"].Unsupported("no normalizer (null)");
    }

    private static void RequireByteLevelDecoder(JsonPart decoder)
    {
        if (decoder.IsAbsent) throw decoder.Fail("is missing; supported: ByteLevel");
        if (decoder.Kind() != "ByteLevel") throw decoder["type"].Unsupported("ByteLevel");
    }
}
