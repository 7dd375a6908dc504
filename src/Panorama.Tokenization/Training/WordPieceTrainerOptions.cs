using Panorama.Core.Errors;

namespace Panorama.Tokenization.Training;

/// <summary>How a WordPiece tokenizer is trained. Validated when made.</summary>
public sealed record WordPieceTrainerOptions
{
    /// <summary>The token of words that cannot be composed.</summary>
    public const string Unknown = "[UNK]";

    /// <summary>How many tokens to end with, special ones included; fewer when the text has no more pairs to merge. Default 30,522, as BERT has.</summary>
    public int VocabularySize { get; init => field = Require.That(value is >= 16 and <= 1 << 20, value, "vocabulary_size", "16 to 1048576"); } = 30_522;

    /// <summary>Control tokens, which get the first ids, in this order; <c>[UNK]</c> is one of them. Default: those of BERT.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init => field = Checked(value); } = ["[PAD]", Unknown, "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>A pair seen fewer times is never merged; default 2.</summary>
    public long MinFrequency { get; init => field = Require.That(value >= 1, value, "min_frequency", "at least 1"); } = 2;

    /// <summary>Whether case and accents are dropped, as in BERT's uncased models; default true.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Threads that count words; default one a processor. The result does not depend on it.</summary>
    public int Threads { get; init => field = Require.That(value is >= 1 and <= 1024, value, "threads", "1 to 1024"); } = Environment.ProcessorCount;

    /// <summary>Bounds the memory of the training itself, in bytes, as in <see cref="BpeTrainerOptions.MemoryLimitBytes"/>; default 1 GiB.</summary>
    public long MemoryLimitBytes { get; init => field = Require.That(value >= 64L << 20 && value <= 8L << 30, value, "memory_limit_bytes", "67108864 to 8589934592 (64 MiB to 8 GiB)"); } = 1L << 30;

    private static IReadOnlyList<string> Checked(IReadOnlyList<string> tokens)
    {
        foreach (string token in tokens) _ = Require.That(token.Length is >= 1 and <= 256, token, "special_tokens", "texts of 1 to 256 characters");
        _ = Require.That(tokens.Distinct(StringComparer.Ordinal).Count() == tokens.Count, string.Join(' ', tokens), "special_tokens", "each token once");
        _ = Require.That(tokens.Contains(Unknown, StringComparer.Ordinal), string.Join(' ', tokens), "special_tokens", $"a list with {Unknown}");
        return tokens;
    }
}
