using System.Numerics;
using System.Runtime.InteropServices;
using Panorama.Data.Hashing;

namespace Panorama.Data.Sampling;

/// <summary>
/// A pseudo-random permutation of [0, size) that needs no memory: a balanced Feistel network over the next power of four
/// (Luby and Rackoff 1988), walked along its cycle until it falls into the range (Black and Rogaway 2002).
/// The walk takes fewer than four steps on average.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct IndexPermutation : IEquatable<IndexPermutation>
{
    // Three rounds suffice against an observer (Luby and Rackoff); more of them even out small ranges.
    private const int Rounds = 6;

    private readonly long _size;
    private readonly ulong _key;
    private readonly int _halfBits;

    /// <summary>Makes the permutation.</summary>
    /// <param name="size">Number of items, at least 1.</param>
    /// <param name="key">Another key gives another order.</param>
    public IndexPermutation(long size, ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        _size = size;
        _key = key;
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)(size - 1));
        _halfBits = Math.Max(1, (bits + 1) / 2);
    }

    /// <summary>Where an index goes.</summary>
    /// <param name="index">In [0, size).</param>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _size);
            ulong value = (ulong)index;
            do
                value = Feistel(value);
            while (value >= (ulong)_size);
            return (long)value;
        }
    }

    private ulong Feistel(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = value >> _halfBits, right = value & mask;
        for (int round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (SplitMix.Mix(right ^ SplitMix.Mix(_key + (ulong)round)) & mask));
        return (left << _halfBits) | right;
    }

    /// <inheritdoc/>
    public bool Equals(IndexPermutation other) => _size == other._size && _key == other._key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IndexPermutation other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_size, _key);

    /// <summary>Same size and key.</summary>
    public static bool operator ==(IndexPermutation left, IndexPermutation right) => left.Equals(right);

    /// <summary>Another size or key.</summary>
    public static bool operator !=(IndexPermutation left, IndexPermutation right) => !left.Equals(right);
}
