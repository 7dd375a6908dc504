using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Decoders;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PostProcessors;

namespace Panorama.Tokenization.Serialization;

/// <summary>
/// Writes a tokenizer as the metadata of a GGUF file. Where these describe all but a detail (the composed form of Unicode, blank space that
/// an added token takes), the whole <c>tokenizer.json</c> goes with them, so that nothing is lost here and little elsewhere.
/// </summary>
internal static class GgufTokenizerWriter
{
    private const string Nfc = "NFC";

    /// <summary>The metadata.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">Ids of the model.</param>
    /// <exception cref="InputException">The format has no kind for such a tokenizer; names the part.</exception>
    public static GgufTokenizer Write(TokenizerDefinition tokenizer, int size)
    {
        GgufTokenizer written = tokenizer.Model switch
        {
            BpeDefinition { ContinuingPrefix: "", EndSuffix: "", ByteFallback: false } bpe when tokenizer.Parts.PreTokenizer.BytesAt >= 0 => ByteLevel(tokenizer, bpe, size),
            BpeDefinition { ContinuingPrefix: "", EndSuffix: "", ByteFallback: true, IgnoreMerges: false } bpe when tokenizer.Parts.PreTokenizer.BytesAt < 0 => GgufSentencePieceWriter.Write(tokenizer, bpe, size),
            WordPieceDefinition wordPiece => WordPiece(tokenizer, wordPiece, size),
            BpeDefinition => throw Unsupported("BPE that neither works on bytes nor falls back to them"),
            UnigramDefinition => throw Unsupported("a unigram model"),
            _ => throw Unsupported("a vocabulary of whole words"),
        };
        (bool isExact, GgufTokenizer framed) = Framed(tokenizer, written);
        bool plainTokens = tokenizer.AddedTokens.All(token => token is { SingleWord: false, TakesLeft: false, TakesRight: false } && (!token.Normalized || tokenizer.Parts.Normalizer is null));
        return framed with { HuggingFaceJson = isExact && plainTokens && written.HuggingFaceJson is null ? null : TokenizerJsonWriter.ToJson(tokenizer) };
    }

    /// <summary>The error that the format has no place for a part.</summary>
    public static InputException Unsupported(string part) =>
        new($"GGUF has no kind of tokenizer with {part}; supported are byte-level BPE, SentencePiece BPE and WordPiece of the usual parts. Keep the model as a folder.");

    /// <summary>The tokens and what they are: [size]; ids without a token get a made-up one that is not used.</summary>
    public static (string[] Tokens, int[] Types) Vocabulary(TokenizerDefinition tokenizer, int size)
    {
        var (tokens, types) = (new string[size], new int[size]);
        var taken = new HashSet<string>(tokenizer.Tokens.OfType<string>(), StringComparer.Ordinal);
        for (int id = 0; id < size; id++)
        {
            types[id] = (int)PieceKind.Normal;
            if (id < tokenizer.Tokens.Length && tokenizer.Tokens[id] is { } token)
            {
                tokens[id] = token;
                continue;
            }

            types[id] = (int)PieceKind.Unused;
            string made = string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
            while (!taken.Add(made)) made += "_";
            tokens[id] = made;
        }

        foreach (AddedToken token in tokenizer.AddedTokens) types[token.Id] = (int)(token.Special ? PieceKind.Control : PieceKind.UserDefined);
        return (tokens, types);
    }

    private static GgufTokenizer ByteLevel(TokenizerDefinition tokenizer, BpeDefinition bpe, int size)
    {
        if (tokenizer.Parts.Decoder is not ByteLevelDecoder) throw Unsupported("a decoder other than ByteLevel for bytes");
        bool composes = IsNfc(tokenizer);
        if (!composes && tokenizer.Parts.Normalizer is not null) throw Unsupported("a normalizer other than NFC before bytes");
        var pattern = GgufPreTokenizer.Find(tokenizer.Parts.Json["pre_tokenizer"], bpe.IgnoreMerges);
        if (pattern is null) throw Unsupported($"the pre_tokenizer {JsonPart.Cut(tokenizer.Parts.Json["pre_tokenizer"])}");
        (string[] tokens, int[] types) = Vocabulary(tokenizer, size);
        return new GgufTokenizer
        {
            Kind = GgufTokenizerKind.ByteLevel,
            PreTokenizer = pattern.Names[0],
            Tokens = tokens,
            Types = types,
            Merges = [.. Rules(bpe).Select(merge => Line(tokens[merge.Left], tokens[merge.Right]))],
            HuggingFaceJson = composes || pattern.IgnoreMerges != bpe.IgnoreMerges ? "" : null,
        };
    }

    /// <summary>The rules by rank; of two for one pair the one that counts.</summary>
    public static IEnumerable<Merge> Rules(BpeDefinition bpe)
    {
        var last = new Dictionary<(int, int), int>(bpe.Merges.Count);
        for (int i = 0; i < bpe.Merges.Count; i++) last[(bpe.Merges[i].Left, bpe.Merges[i].Right)] = i;
        IEnumerable<int> places = Enumerable.Range(0, bpe.Merges.Count).Where(i => last[(bpe.Merges[i].Left, bpe.Merges[i].Right)] == i);
        return (bpe.Ranks is { } ranks ? places.OrderBy(i => ranks[i]) : places).Select(i => bpe.Merges[i]);
    }

    private static string Line(string left, string right) => left.AsSpan(1).Contains(' ') || right.Contains(' ', StringComparison.Ordinal)
        ? throw Unsupported($"spaces within the tokens of a merge (\"{JsonPart.Cut(left)}\" and \"{JsonPart.Cut(right)}\")")
        : $"{left} {right}";

    private static bool IsNfc(TokenizerDefinition tokenizer)
    {
        using var document = System.Text.Json.JsonDocument.Parse(tokenizer.Parts.Json["normalizer"]);
        var part = new JsonPart("", "", document.RootElement);
        return !part.IsAbsent && part.Kind() == Nfc;
    }

    private static GgufTokenizer WordPiece(TokenizerDefinition tokenizer, WordPieceDefinition model, int size)
    {
        using var document = System.Text.Json.JsonDocument.Parse(tokenizer.Parts.Json["normalizer"]);
        var normalizer = new JsonPart("", "normalizer", document.RootElement);
        bool usual = !normalizer.IsAbsent && normalizer.Kind() == "BertNormalizer" && normalizer["clean_text"].Flag(otherwise: true) && normalizer["handle_chinese_chars"].Flag(otherwise: true);
        if (!usual) throw Unsupported("WordPiece without the whole BertNormalizer");
        using var words = System.Text.Json.JsonDocument.Parse(tokenizer.Parts.Json["pre_tokenizer"]);
        var cutter = new JsonPart("", "pre_tokenizer", words.RootElement);
        if (cutter.IsAbsent || cutter.Kind() != "BertPreTokenizer") throw Unsupported("WordPiece without BertPreTokenizer");
        if (model.ContinuingPrefix != "##") throw Unsupported($"the prefix \"{JsonPart.Cut(model.ContinuingPrefix)}\" of WordPiece");
        (string[] tokens, int[] types) = Vocabulary(tokenizer, size);
        int unknown = Array.IndexOf(tokens, model.UnknownToken);
        for (int id = 0; id < size; id++)
        {
            if (types[id] != (int)PieceKind.Normal) continue;
            string text = tokens[id].StartsWith("##", StringComparison.Ordinal) ? tokens[id][2..] : Normalizers.SentencePieceNormalizer.Escape + tokens[id];
            if (text.Length == 0) throw Unsupported("the token \"##\"");
            tokens[id] = text;
        }

        bool lowercase = normalizer["lowercase"].Flag(otherwise: true);
        return new GgufTokenizer
        {
            Kind = GgufTokenizerKind.WordPiece,
            Tokens = tokens,
            Types = types,
            Unknown = unknown < 0 ? throw Unsupported("no token for unknown words") : unknown,
            Mask = Find(tokenizer, "[MASK]"),
            Padding = Find(tokenizer, "[PAD]"),
            Lowercase = lowercase,
            StripAccents = normalizer["strip_accents"].Flag(otherwise: lowercase),
            // The longest word is no part of the format: other readers have none.
            HuggingFaceJson = model.LongestWord == new WordPieceDefinition("").LongestWord ? null : "",
        };
    }

    private static int? Find(TokenizerDefinition tokenizer, string token) => Array.IndexOf(tokenizer.Tokens, token) is >= 0 and var id ? id : null;

    // One token before and one behind are what the format knows.
    private static (bool IsExact, GgufTokenizer Framed) Framed(TokenizerDefinition tokenizer, GgufTokenizer written)
    {
        int[] single = tokenizer.Parts.Template.Single;
        int place = Array.IndexOf(single, SequenceTemplate.First);
        int? begin = place >= 1 ? single[place - 1] : null, end = place < single.Length - 1 ? single[place + 1] : null;
        bool isBert = written.Kind == GgufTokenizerKind.WordPiece;
        bool isExact = place <= 1 && place >= single.Length - 2 && (!isBert || begin is null == end is null);
        return (isExact, written with { Bos = begin, Eos = isBert ? null : end, Separator = isBert ? end : null, AddBos = begin is not null, AddEos = isBert ? null : end is not null });
    }
}
