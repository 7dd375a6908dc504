using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Dedup;

/// <summary>How near-duplicates are found. Validated when made.</summary>
public sealed record NearDedupOptions
{
    /// <summary>Documents at least this similar to a kept one are dropped; default 0.8.</summary>
    public double Threshold { get; init => field = Require.That(value is > 0 and <= 1, value, "the near-duplicate threshold", "a number in (0, 1]"); } = 0.8;

    /// <summary>What is compared; default word 5-grams, as FineWeb does (Penedo et al. 2024, arXiv:2406.17557).</summary>
    public Shingler Shingler { get; init; } = new(ShingleUnit.Words, 5);

    /// <summary>Bands and rows; default 20 × 6, which makes 99.8 % of the pairs at 0.8 candidates (all of them are then verified).</summary>
    public LshBanding Banding { get; init; } = new(20, 6);

    /// <summary>Decides the hash functions.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// Drops near-duplicates. Documents are taken from the longest to the shortest (the first one of equal length first);
/// each is compared exactly with the kept documents that share an LSH band and is dropped when one is similar enough.
/// So every dropped document has a kept one that it really resembles: chains of small differences drop nothing.
/// </summary>
/// <param name="options">Threshold, shingles, and bands.</param>
public sealed class NearDeduplicator(NearDedupOptions options)
{
    /// <summary>The step's name in the ledger and the funnel.</summary>
    public const string Step = "near_dedup";

    /// <summary>Removes near-duplicates; the kept documents stay in their order.</summary>
    /// <param name="documents">All of them are compared.</param>
    /// <param name="text">What of a document is compared.</param>
    /// <param name="rejects">Where the dropped ones go, with the id of the one kept in their place.</param>
    public IReadOnlyList<Document> Apply(IReadOnlyList<Document> documents, Func<Document, string> text, RejectLedger rejects)
    {
        ulong[][] sets = ShingleSets.Of(documents, text, options.Shingler);
        int[] leaders = Leaders(sets, [.. documents.Select(d => d.Text.Length)]);
        List<Document> kept = [];
        for (int i = 0; i < leaders.Length; i++)
        {
            if (leaders[i] == i)
                kept.Add(documents[i]);
            else
                rejects.Add(Step, DropReason.NearDuplicate, documents[i], documents[leaders[i]].Id);
        }

        return kept;
    }

    /// <summary>For every set the kept set that stands for it; a kept set stands for itself.</summary>
    /// <param name="sets">Shingle sets.</param>
    /// <param name="lengths">Longer ones are kept.</param>
    internal int[] Leaders(ulong[][] sets, int[] lengths)
    {
        int bands = options.Banding.Bands;
        ulong[] keys = options.Banding.KeysOf(sets, options.Seed);
        int[] order = [.. Enumerable.Range(0, sets.Length).OrderByDescending(i => lengths[i])]; // stable: the first of equals first
        int[] leaders = new int[sets.Length];
        var index = new BandIndex(bands, sets.Length);
        List<int> candidates = [];
        HashSet<int> seen = [];
        foreach (int item in order)
        {
            ReadOnlySpan<ulong> own = keys.AsSpan(item * bands, bands);
            index.Find(own, candidates, seen);
            leaders[item] = item;
            foreach (int candidate in candidates)
            {
                if (!Jaccard.AtLeast(sets[item], sets[candidate], options.Threshold))
                    continue;
                leaders[item] = candidate;
                break;
            }

            if (leaders[item] == item)
                index.Add(item, own);
        }

        return leaders;
    }
}
