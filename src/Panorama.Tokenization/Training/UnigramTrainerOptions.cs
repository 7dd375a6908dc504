using Panorama.Core.Errors;

namespace Panorama.Tokenization.Training;

/// <summary>How a unigram tokenizer is trained. Validated when made.</summary>
public sealed record UnigramTrainerOptions
{
    /// <summary>How many tokens to end with, the unknown token, 256 bytes and special ones included. Default 32,768.</summary>
    public int VocabularySize { get; init => field = Require.That(value is >= 300 and <= 1 << 20, value, "vocabulary_size", "300 to 1048576 (the unknown token, the 256 bytes and some more)"); } = 32_768;

    /// <summary>Control tokens; they get the last ids, in this order. Default: those of the chat template and of document ends.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init => field = new BpeTrainerOptions { SpecialTokens = value }.SpecialTokens; } = new BpeTrainerOptions().SpecialTokens;

    /// <summary>The longest token, in characters; default 16, as in SentencePiece.</summary>
    public int LongestToken { get; init => field = Require.That(value is >= 1 and <= 64, value, "longest_token", "1 to 64"); } = 16;

    /// <summary>Threads; default one a processor. The result does not depend on it.</summary>
    public int Threads { get; init => field = Require.That(value is >= 1 and <= 1024, value, "threads", "1 to 1024"); } = Environment.ProcessorCount;

    /// <summary>Bounds the memory of the training itself, in bytes, as in <see cref="BpeTrainerOptions.MemoryLimitBytes"/>; default 1 GiB.</summary>
    public long MemoryLimitBytes { get; init => field = Require.That(value >= 64L << 20 && value <= 8L << 30, value, "memory_limit_bytes", "67108864 to 8589934592 (64 MiB to 8 GiB)"); } = 1L << 30;
}
