using Panorama.Core.Errors;
using Panorama.Data.Hashing;

namespace Panorama.Data.Dedup;

/// <summary>
/// Banded locality-sensitive hashing: a pair of similarity s shares at least one of the bands with probability
/// 1 − (1 − sʳ)ᵇ (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4).
/// </summary>
/// <param name="Bands">b, 1 to 1,024.</param>
/// <param name="Rows">r, signature values of a band, 1 to 64.</param>
public sealed record LshBanding(int Bands, int Rows)
{
    /// <inheritdoc cref="LshBanding" path="/param[@name='Bands']"/>
    public int Bands { get; init => field = Require.That(value is >= 1 and <= 1024, value, "bands", "1 to 1024"); } = Bands;

    /// <inheritdoc cref="LshBanding" path="/param[@name='Rows']"/>
    public int Rows { get; init => field = Require.That(value is >= 1 and <= 64, value, "rows", "1 to 64"); } = Rows;

    /// <summary>Signature values needed.</summary>
    public int Hashes => Bands * Rows;

    /// <summary>The chance that a pair becomes a candidate.</summary>
    /// <param name="similarity">Its Jaccard similarity.</param>
    public double Probability(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, Rows), Bands);

    /// <summary>One key for each band of a signature.</summary>
    /// <param name="signature"><see cref="Hashes"/> values.</param>
    /// <param name="keys"><see cref="Bands"/> keys.</param>
    public void Keys(ReadOnlySpan<uint> signature, Span<ulong> keys)
    {
        for (int band = 0; band < Bands; band++)
        {
            ulong key = (ulong)band;
            foreach (uint value in signature.Slice(band * Rows, Rows))
                key = SplitMix.Mix(key ^ value);
            keys[band] = key;
        }
    }

    /// <summary>Band keys of many sets, computed by all cores: [sets × Bands], row by row.</summary>
    /// <param name="sets">Shingle sets, none empty.</param>
    /// <param name="seed">Decides the permutations.</param>
    internal ulong[] KeysOf(IReadOnlyList<ulong[]> sets, ulong seed)
    {
        var hasher = new MinHasher(Hashes, seed);
        ulong[] keys = GC.AllocateUninitializedArray<ulong>(checked(sets.Count * Bands));
        Parallel.For(0, sets.Count, () => new uint[Hashes], (i, _, signature) =>
        {
            hasher.Sign(sets[i], signature);
            Keys(signature, keys.AsSpan(i * Bands, Bands));
            return signature;
        }, static _ => { });
        return keys;
    }
}
