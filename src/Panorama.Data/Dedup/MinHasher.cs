using System.Numerics;
using Panorama.Data.Hashing;

namespace Panorama.Data.Dedup;

/// <summary>
/// MinHash signatures (Broder 1997): two sets agree at a position with a probability equal to their Jaccard similarity.
/// The i-th permutation of the 32-bit numbers is x → fmix32(x ⊕ kᵢ), the bijective finalizer of MurmurHash3 (Appleby).
/// </summary>
public sealed class MinHasher
{
    private readonly uint[] _keys;

    /// <summary>Draws the permutations.</summary>
    /// <param name="hashes">Length of a signature.</param>
    /// <param name="seed">Decides the permutations.</param>
    public MinHasher(int hashes, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hashes);
        _keys = new uint[hashes];
        for (int i = 0; i < hashes; i++)
            _keys[i] = (uint)(SplitMix.Mix(seed, (ulong)i) >> 32);
    }

    /// <summary>Length of a signature.</summary>
    public int Hashes => _keys.Length;

    /// <summary>Computes a signature.</summary>
    /// <param name="shingles">At least one shingle.</param>
    /// <param name="signature">Exactly <see cref="Hashes"/> values.</param>
    public void Sign(ReadOnlySpan<ulong> shingles, Span<uint> signature)
    {
        if (signature.Length != _keys.Length || shingles.IsEmpty)
            throw new ArgumentException($"a signature of {_keys.Length} values and at least one shingle are needed", nameof(signature));
        int lanes = Vector<uint>.Count, i = 0;
        for (; i <= _keys.Length - lanes; i += lanes)
        {
            var keys = new Vector<uint>(_keys, i);
            var least = new Vector<uint>(uint.MaxValue);
            foreach (ulong shingle in shingles)
                least = Vector.Min(least, Mix(new Vector<uint>((uint)(shingle >> 16)) ^ keys));
            least.CopyTo(signature[i..]);
        }

        for (; i < _keys.Length; i++)
            signature[i] = SignScalar(shingles, _keys[i]);
    }

    /// <summary>One position of a signature, computed plainly: the twin that tests compare with.</summary>
    internal uint SignScalar(ReadOnlySpan<ulong> shingles, int position) => SignScalar(shingles, _keys[position]);

    private static uint SignScalar(ReadOnlySpan<ulong> shingles, uint key)
    {
        uint least = uint.MaxValue;
        foreach (ulong shingle in shingles)
        {
            uint x = (uint)(shingle >> 16) ^ key;
            x = (x ^ (x >> 16)) * 0x85EBCA6B;
            x = (x ^ (x >> 13)) * 0xC2B2AE35;
            least = Math.Min(least, x ^ (x >> 16));
        }

        return least;
    }

    private static Vector<uint> Mix(Vector<uint> x)
    {
        x = (x ^ Vector.ShiftRightLogical(x, 16)) * new Vector<uint>(0x85EBCA6B);
        x = (x ^ Vector.ShiftRightLogical(x, 13)) * new Vector<uint>(0xC2B2AE35);
        return x ^ Vector.ShiftRightLogical(x, 16);
    }
}
