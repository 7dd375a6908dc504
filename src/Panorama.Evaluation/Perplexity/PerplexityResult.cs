using System.Runtime.InteropServices;
using System.Text;
using Panorama.Tokenization;

namespace Panorama.Evaluation.Perplexity;

/// <summary>How well a model predicts a text.</summary>
public sealed record PerplexityResult
{
    /// <summary>Sum of −ln p over the counted tokens, in nats.</summary>
    public required double TotalNll { get; init; }

    /// <summary>Tokens counted: each was predicted exactly once.</summary>
    public required long Tokens { get; init; }

    /// <summary>First tokens of documents that were read but not counted, for want of a begin-of-text token.</summary>
    public required long UncountedTokens { get; init; }

    /// <summary>UTF-8 bytes of the original text, those of uncounted tokens included.</summary>
    public required long Bytes { get; init; }

    /// <summary>Documents read.</summary>
    public required long Documents { get; init; }

    /// <summary>Tokens newly scored by each window after the first.</summary>
    public required int Stride { get; init; }

    /// <summary>Mean −ln p of a token, in nats.</summary>
    public double NllPerToken => TotalNll / Tokens;

    /// <summary>exp of <see cref="NllPerToken"/>: comparable between models of the same tokenizer only.</summary>
    public double Perplexity => Math.Exp(NllPerToken);

    /// <summary>Total −log2 p over the bytes of the original text: comparable between all models and compressors.</summary>
    public double BitsPerByte => TotalNll / Math.Log(2) / Bytes;
}

/// <summary>A report from a running evaluation.</summary>
/// <param name="Documents">Documents finished.</param>
/// <param name="Tokens">Tokens counted.</param>
/// <param name="NllPerToken">Their mean −ln p so far, in nats.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PerplexityProgress(long Documents, long Tokens, double NllPerToken);

/// <summary>A text in tokens.</summary>
/// <param name="Tokens">The token ids, in order.</param>
/// <param name="Utf8Bytes">Bytes of the original text in UTF-8.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenizedDocument(ReadOnlyMemory<int> Tokens, long Utf8Bytes)
{
    /// <summary>Encodes a text; nothing in it becomes a special token.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="text">The original text.</param>
    public static TokenizedDocument Encode(Tokenizer tokenizer, string text) =>
        new(tokenizer.Encode(text), Encoding.UTF8.GetByteCount(text));

    /// <summary>
    /// Joins documents in their order into one, as a stream that a model is trained on: each is ended by the separator, which
    /// has to be predicted too and counts as one byte. Earlier documents are then context of later ones, as they are for a compressor.
    /// </summary>
    /// <param name="documents">The documents.</param>
    /// <param name="separator">The end-of-text token.</param>
    public static TokenizedDocument Join(IEnumerable<TokenizedDocument> documents, int separator)
    {
        List<int> tokens = [];
        long bytes = 0;
        foreach (TokenizedDocument document in documents)
        {
            tokens.AddRange(document.Tokens.Span);
            tokens.Add(separator);
            bytes += document.Utf8Bytes + 1;
        }

        return new TokenizedDocument(tokens.ToArray(), bytes);
    }
}
