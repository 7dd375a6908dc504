using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Panorama.Tokenization.Bytes;

/// <summary>
/// A short-key hash by folded 64 × 64 multiplication, seeded per process so that hostile text cannot aim at
/// collisions. No result of this library depends on the seed.
/// </summary>
internal static class WordHash
{
    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;

    /// <summary>Mixes one 64-bit key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong key)
    {
        ulong high = Math.BigMul(key ^ Seed, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }

    /// <summary>Hashes bytes of any length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ReadOnlySpan<byte> word)
    {
        ulong hash = (ulong)word.Length;
        while (word.Length > 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(word)) + hash;
            word = word[8..];
        }

        return Mix(hash ^ (Tail(word) * 0xD6E8FEB86659FD93));
    }

    /// <summary>The first 8 bytes at most, as a little-endian number padded with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Tail(ReadOnlySpan<byte> word) => word.Length switch
    {
        >= 8 => BinaryPrimitives.ReadUInt64LittleEndian(word),
        >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(word)
            | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(word[^4..]) << ((word.Length - 4) * 8)),
        >= 2 => BinaryPrimitives.ReadUInt16LittleEndian(word)
            | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(word[^2..]) << ((word.Length - 2) * 8)),
        1 => word[0],
        _ => 0,
    };
}
