using System.Numerics;
using System.Runtime.InteropServices;

namespace Panorama.Core.Numerics;

/// <summary>
/// A fast sequential generator whose state can be saved: xoshiro256** (Blackman and Vigna 2021, "Scrambled Linear
/// Pseudorandom Number Generators"), seeded by SplitMix64. A mutable value: keep it in a field or pass it by reference.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct Xoshiro256 : IEquatable<Xoshiro256>
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Seeds a generator.</summary>
    /// <param name="seed">Any value; different seeds give unrelated sequences.</param>
    public Xoshiro256(ulong seed)
    {
        _s0 = SplitMix64(ref seed);
        _s1 = SplitMix64(ref seed);
        _s2 = SplitMix64(ref seed);
        _s3 = SplitMix64(ref seed);
    }

    /// <summary>Restores a saved state.</summary>
    /// <param name="state">What <see cref="Save"/> gave: 4 words, not all 0.</param>
    /// <exception cref="ArgumentException">It is no state.</exception>
    public Xoshiro256(ReadOnlySpan<ulong> state)
    {
        if (state.Length != 4 || !state.ContainsAnyExcept(0UL))
        {
            throw new ArgumentException("a state has 4 words, not all 0", nameof(state));
        }

        (_s0, _s1, _s2, _s3) = (state[0], state[1], state[2], state[3]);
    }

    /// <summary>The state, 4 words.</summary>
    public readonly ulong[] Save() => [_s0, _s1, _s2, _s3];

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>The next number in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next integer in [0, bound), without bias (Lemire 2019, arXiv:1805.10941).</summary>
    /// <param name="bound">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is less than 1.</exception>
    public long NextBelow(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextUInt64(), range, out low);
            }
        }

        return (long)high;
    }

    /// <summary>The next number of the standard normal distribution (Box and Muller 1958).</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble())); // 1 - u is never 0
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Puts items in random order, each of the orders equally likely (Fisher and Yates).</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">Reordered in place.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>SplitMix64 (Steele et al. 2014): turns any seeds, also 0 and 1, into unrelated words.</summary>
    /// <param name="state">Advanced by one step.</param>
    public static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <inheritdoc/>
    public readonly bool Equals(Xoshiro256 other) => (_s0, _s1, _s2, _s3) == (other._s0, other._s1, other._s2, other._s3);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Xoshiro256 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(_s0, _s1, _s2, _s3);

    /// <summary>Whether two generators are in the same state.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(Xoshiro256 left, Xoshiro256 right) => left.Equals(right);

    /// <summary>Whether two generators are in different states.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(Xoshiro256 left, Xoshiro256 right) => !left.Equals(right);
}
