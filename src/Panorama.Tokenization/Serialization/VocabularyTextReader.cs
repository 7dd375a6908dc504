using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>
/// Reads BERT's <c>vocab.txt</c>: a token a line, its place is its id. Whether text is made small is said by <c>do_lower_case</c> in a
/// <c>tokenizer_config.json</c> beside it; without one, a vocabulary without letters that have a small form means so.
/// </summary>
internal static class VocabularyTextReader
{
    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Whether text has the unknown token of such a file on a line.</summary>
    public static bool IsVocabulary(ReadOnlySpan<byte> text) =>
        text.IndexOf("\n[UNK]\n"u8) >= 0 || text.IndexOf("\n[UNK]\r\n"u8) >= 0 || text.StartsWith("[UNK]\n"u8) || text.StartsWith("[UNK]\r\n"u8) || text.EndsWith("\n[UNK]"u8);

    /// <summary>Reads a file.</summary>
    public static TokenizerDefinition Read(string file, byte[] text)
    {
        string[] tokens = TokenizerFile.Lines(file, text);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
            if (!ids.TryAdd(PartLimits.CheckedToken(file, tokens[id], $"line {id + 1}"), id)) throw new InvalidFileException(file, $"has the token \"{JsonPart.Cut(tokens[id])}\" in lines {ids[tokens[id]] + 1} and {id + 1}.");

        bool lowercase = LowercaseInConfig(file) ?? !tokens.Any(static token => token.Any(static c => char.ToLowerInvariant(c) != c) && token[0] != '[');
        string template = ids.TryGetValue("[CLS]", out int cls) && ids.TryGetValue("[SEP]", out int sep) ? $$$"""{"type":"BertProcessing","sep":["[SEP]",{{{sep}}}],"cls":["[CLS]",{{{cls}}}]}""" : "null";
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = [.. tokens.Select(static _ => true)],
            AddedTokens = [.. SpecialTokens.Where(ids.ContainsKey).Select(token => new AddedToken(ids[token], token, Special: true))],
            Model = new WordPieceDefinition("[UNK]"),
            Parts = TokenizerParts.Parse(file, $$$"""
                {"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":{{{(lowercase ? "true" : "false")}}}},
                 "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{{{template}}},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true}}
                """, tokens.Length),
        };
    }

    private static bool? LowercaseInConfig(string file)
    {
        string config = Path.Combine(Path.GetDirectoryName(file) ?? "", ChatTemplates.TokenizerConfig.FileName);
        if (!File.Exists(config)) return null;
        try
        {
            using var document = JsonDocument.Parse(InputFile.ReadAllBytes(config, 16 << 20));
            JsonPart flag = new JsonPart(config, "", document.RootElement)["do_lower_case"];
            return flag.IsAbsent ? null : flag.Flag();
        }
        catch (JsonException e)
        {
            throw new InvalidFileException(config, $"not valid JSON: {e.Message}", e);
        }
    }
}
