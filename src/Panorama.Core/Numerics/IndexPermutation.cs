using System.Numerics;

namespace Panorama.Core.Numerics;

/// <summary>
/// A random permutation of 0 … length-1 of which any entry can be had alone, in constant memory: a Feistel network over the
/// bits of the index (Luby and Rackoff 1988), walked until it falls within the length (Black and Rogaway 2002).
/// The same seed, stream and length give the same permutation in every version of this program.
/// </summary>
public sealed class IndexPermutation
{
    // Luby and Rackoff need 4; small halves mix better with more.
    private const uint Rounds = 8;

    private readonly uint[] _keys = new uint[Rounds];
    private readonly int _halfBits;
    private readonly uint _halfMask;

    /// <summary>Makes a permutation.</summary>
    /// <param name="length">Number of entries, at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">Separates uses of one seed, such as epochs.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is less than 1.</exception>
    public IndexPermutation(long length, ulong seed, ulong stream = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        Length = length;
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)(length - 1));
        _halfBits = Math.Max(1, (bits + 1) / 2);
        _halfMask = _halfBits == 32 ? uint.MaxValue : (1u << _halfBits) - 1;
        var random = new CounterRandom(seed, stream);
        for (uint i = 0; i < Rounds; i++)
        {
            _keys[i] = (uint)random.UInt64(i);
        }
    }

    /// <summary>Number of entries.</summary>
    public long Length { get; }

    /// <summary>The entry at an index.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);

            // The domain is at most 4 times the length, so the walk takes less than 4 steps on average.
            do
            {
                index = Encrypt(index);
            }
            while (index >= Length || index < 0);

            return index;
        }
    }

    private long Encrypt(long value)
    {
        uint left = (uint)(value >> _halfBits);
        uint right = (uint)value & _halfMask;
        foreach (uint key in _keys)
        {
            (left, right) = (right, left ^ (Mix(right ^ key) & _halfMask));
        }

        return ((long)left << _halfBits) | right;
    }

    // The finalizer of MurmurHash3 (Appleby): every input bit reaches every output bit.
    private static uint Mix(uint x)
    {
        x = (x ^ (x >> 16)) * 0x85EBCA6B;
        x = (x ^ (x >> 13)) * 0xC2B2AE35;
        return x ^ (x >> 16);
    }
}
