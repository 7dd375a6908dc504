namespace Panorama.Data.Shards;

/// <summary>How a token is stored; the numbers are the format's dtype codes.</summary>
public enum TokenWidth : byte
{
    /// <summary>32-bit signed, code 4.</summary>
    Int32 = 4,

    /// <summary>16-bit unsigned, code 8.</summary>
    UInt16 = 8,
}

/// <summary>
/// The indexed dataset of Megatron-LM (<c>megatron/core/datasets/indexed_dataset.py</c>), version 1, little-endian.
/// <c>.bin</c> holds the tokens of all sequences one after the other. <c>.idx</c> holds: magic, version (u64), dtype code (u8),
/// number of sequences (u64), number of document bounds (u64), then sizes in tokens (i32 each), byte offsets (i64 each),
/// and document bounds (i64 each; from 0 to the number of sequences). Here every document is one sequence.
/// </summary>
internal static class ShardFormat
{
    /// <summary>Bytes before the sizes.</summary>
    public const int HeaderBytes = 34;

    /// <summary>The only version.</summary>
    public const ulong Version = 1;

    /// <summary>The first nine bytes of an index.</summary>
    public static ReadOnlySpan<byte> Magic => "MMIDIDX\0\0"u8;

    /// <summary>Path of the tokens.</summary>
    /// <param name="prefix">The shard's path without an extension.</param>
    public static string TokensPath(string prefix) => prefix + ".bin";

    /// <summary>Path of the index.</summary>
    /// <param name="prefix">The shard's path without an extension.</param>
    public static string IndexPath(string prefix) => prefix + ".idx";

    /// <summary>Bytes of a token.</summary>
    /// <param name="width">How tokens are stored.</param>
    public static int Size(this TokenWidth width) => width == TokenWidth.UInt16 ? sizeof(ushort) : sizeof(int);

    /// <summary>The narrowest width for a vocabulary.</summary>
    /// <param name="vocabularySize">Number of token ids.</param>
    public static TokenWidth WidthFor(int vocabularySize) => vocabularySize < 65_536 ? TokenWidth.UInt16 : TokenWidth.Int32;
}
