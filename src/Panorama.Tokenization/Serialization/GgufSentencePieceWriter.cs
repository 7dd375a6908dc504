using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>Writes BPE of SentencePiece: rules become the scores that make them.</summary>
internal static class GgufSentencePieceWriter
{
    private const string Escape = Normalizers.SentencePieceNormalizer.Escape;

    /// <summary>The metadata.</summary>
    /// <exception cref="InputException">The rules are not those of scores, or a part is another than SentencePiece's.</exception>
    public static GgufTokenizer Write(TokenizerDefinition tokenizer, BpeDefinition bpe, int size)
    {
        (bool prefix, bool isExact) = Spaces(tokenizer);
        (string[] tokens, int[] types) = GgufTokenizerWriter.Vocabulary(tokenizer, size);
        if (bpe.UnknownToken is null || Array.IndexOf(tokens, bpe.UnknownToken) is not (>= 0 and var unknown)) throw GgufTokenizerWriter.Unsupported("no token for unknown text");
        types[unknown] = (int)PieceKind.Unknown;
        foreach (int id in ByteTokens(tokens)) types[id] = (int)PieceKind.Byte;
        float[] scores = Scores(bpe, size);
        RequireSameRules(bpe, new SentencePieceModel("", [.. tokens.Select((token, id) => new SentencePiece(token, scores[id], (PieceKind)types[id]))]));
        return new GgufTokenizer
        {
            Kind = GgufTokenizerKind.SentencePiece,
            PreTokenizer = "default",
            Tokens = tokens,
            Types = types,
            Scores = scores,
            Unknown = unknown,
            AddSpacePrefix = prefix,
            HuggingFaceJson = isExact ? null : "",
        };
    }

    private static IEnumerable<int> ByteTokens(string[] tokens)
    {
        for (int id = 0; id < tokens.Length; id++)
            if (tokens[id] is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigitUpper(high) && char.IsAsciiHexDigitUpper(low)) yield return id;
    }

    // The first token made has the highest score; what no rule makes is never made of two.
    private static float[] Scores(BpeDefinition bpe, int size)
    {
        var scores = new float[size];
        var order = new Dictionary<int, int>();
        int before = -1;
        foreach (Merge merge in GgufTokenizerWriter.Rules(bpe))
        {
            if (merge.Result == before) continue;
            if (!order.TryAdd(merge.Result, order.Count)) throw NotByScore();
            before = merge.Result;
        }

        Array.Fill(scores, -order.Count);
        foreach ((int id, int rank) in order) scores[id] = -rank;
        return scores;
    }

    private static void RequireSameRules(BpeDefinition bpe, SentencePieceModel pieces)
    {
        var rules = new HashSet<(int, int)>(pieces.Bpe(pieces.Ids(), byteFallback: true).Merges.Select(static merge => (merge.Left, merge.Right)));
        int count = 0;
        foreach (Merge merge in GgufTokenizerWriter.Rules(bpe))
        {
            if (!rules.Contains((merge.Left, merge.Right))) throw NotByScore();
            count++;
        }

        if (count != rules.Count) throw NotByScore();
    }

    private static InputException NotByScore() => GgufTokenizerWriter.Unsupported("merges that scores of tokens do not express");

    // Spaces are written as ▁ by a normalizer, or in newer files by a pre-tokenizer; the latter differs where a text begins with a space.
    private static (bool Prefix, bool IsExact) Spaces(TokenizerDefinition tokenizer)
    {
        using var normalizers = JsonDocument.Parse(tokenizer.Parts.Json["normalizer"]);
        using var cutters = JsonDocument.Parse(tokenizer.Parts.Json["pre_tokenizer"]);
        (JsonPart normalizer, JsonPart cutter) = (new JsonPart("", "normalizer", normalizers.RootElement), new JsonPart("", "pre_tokenizer", cutters.RootElement));
        if (normalizer.IsAbsent && !cutter.IsAbsent && cutter.Kind() == "Metaspace" && !cutter["split"].Flag(otherwise: true) && cutter["replacement"].Text() == Escape)
        {
            bool never = cutter["prepend_scheme"].IsAbsent ? !cutter["add_prefix_space"].Flag(otherwise: true) : cutter["prepend_scheme"].Text() == "never";
            return (!never, IsExact: never);
        }

        if (!cutter.IsAbsent || normalizer.IsAbsent) throw GgufTokenizerWriter.Unsupported("white space other than SentencePiece's");
        JsonPart[] steps = normalizer.Kind() == "Sequence" ? [.. normalizer["normalizers"].Items()] : [normalizer];
        bool prefix = steps.Length == 2 && steps[0].Kind() == "Prepend" && steps[0]["prepend"].Text() == Escape;
        JsonPart last = steps.Length == 0 ? normalizer : steps[^1];
        bool replaces = steps.Length == (prefix ? 2 : 1) && last.Kind() == "Replace" && !last["pattern"]["String"].IsAbsent && last["pattern"]["String"].Text() == " " && last["content"].Text() == Escape;
        return replaces ? (prefix, true) : throw GgufTokenizerWriter.Unsupported("a normalizer other than SentencePiece's for spaces");
    }
}
