using Panorama.Core.Errors;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Training;

/// <summary>How a tokenizer is trained. Validated when made.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>How many tokens to end with, special ones included; fewer when the text has no more pairs to merge. Default 32,768.</summary>
    public int VocabularySize { get; init => field = Require.That(value is >= 257 and <= 1 << 20, value, "vocabulary_size", "257 to 1048576 (the 256 bytes and at least one more)"); } = 32_768;

    /// <summary>Control tokens; they get the last ids, in this order. Default: those of the chat template and of document ends.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init => field = Checked(value); } = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    /// <summary>A pair seen fewer times is never merged; default 2.</summary>
    public long MinFrequency { get; init => field = Require.That(value >= 1, value, "min_frequency", "at least 1"); } = 2;

    /// <summary>Threads that count words; default one a processor. The result does not depend on it.</summary>
    public int Threads { get; init => field = Require.That(value is >= 1 and <= 1024, value, "threads", "1 to 1024"); } = Environment.ProcessorCount;

    /// <summary>
    /// Bounds the memory of the training itself, in bytes; default 1 GiB. When the distinct words outgrow a sixteenth of it, the most
    /// frequent so far (of equals the first in byte order) are kept, as many as half of that share holds, and the others forgotten.
    /// </summary>
    public long MemoryLimitBytes { get; init => field = Require.That(value >= 64L << 20 && value <= 8L << 30, value, "memory_limit_bytes", "67108864 to 8589934592 (64 MiB to 8 GiB)"); } = 1L << 30;

    /// <summary>How text is cut into words; merges never cross words.</summary>
    public SplitPattern PreTokenizer { get; init => field = Require.That(Enum.IsDefined(value), value, "pre_tokenizer", string.Join(", ", Enum.GetNames<SplitPattern>())); } = SplitPattern.Llama3;

    private static IReadOnlyList<string> Checked(IReadOnlyList<string> tokens)
    {
        foreach (string token in tokens)
            _ = Require.That(token.Length is >= 2 and <= 256, token, "special_tokens", "texts of 2 to 256 characters, such as <|endoftext|>");
        _ = Require.That(tokens.Distinct(StringComparer.Ordinal).Count() == tokens.Count, string.Join(' ', tokens), "special_tokens", "each token once");
        return tokens;
    }
}
