namespace Panorama.Data.Dedup;

/// <summary>
/// Joins sets into clusters: connected components over pairs that share an LSH band and are really similar enough.
/// Within a band's bucket a set is compared with a few representatives of the clusters met there, not with every member,
/// so that boilerplate shared by thousands costs little; what this misses, the exact check of the split catches.
/// </summary>
internal static class SimilarityClusters
{
    private const int Representatives = 4;

    /// <summary>Joins what is similar.</summary>
    /// <param name="sets">Shingle sets.</param>
    /// <param name="banding">Bands and rows.</param>
    /// <param name="threshold">Jaccard similarity from which two sets belong together.</param>
    /// <param name="seed">Decides the hash functions.</param>
    /// <param name="clusters">One item for each set; joined here.</param>
    public static void Join(ulong[][] sets, LshBanding banding, double threshold, ulong seed, UnionFind clusters)
    {
        ulong[] keys = banding.KeysOf(sets, seed);
        ulong[] column = new ulong[sets.Length];
        int[] items = new int[sets.Length];
        List<int> representatives = new(Representatives);
        for (int band = 0; band < banding.Bands; band++)
        {
            for (int i = 0; i < items.Length; i++)
            {
                column[i] = keys[(i * banding.Bands) + band];
                items[i] = i;
            }

            Array.Sort(column, items);
            for (int start = 0, end; start < items.Length; start = end)
            {
                end = start + 1;
                while (end < items.Length && column[end] == column[start])
                    end++;
                if (end - start > 1)
                    JoinBucket(items.AsSpan(start, end - start), sets, threshold, clusters, representatives);
            }
        }
    }

    private static void JoinBucket(Span<int> bucket, ulong[][] sets, double threshold, UnionFind clusters, List<int> representatives)
    {
        bucket.Sort(); // the sort by key leaves equals in no stated order
        representatives.Clear();
        foreach (int item in bucket)
        {
            int root = clusters.Find(item);
            bool joined = false;
            foreach (int other in representatives)
            {
                if (clusters.Find(other) == root || Jaccard.AtLeast(sets[item], sets[other], threshold))
                {
                    clusters.Union(item, other);
                    root = clusters.Find(item);
                    joined = true;
                }
            }

            if (joined)
                continue;
            if (representatives.Count == Representatives)
                representatives.RemoveAt(0);
            representatives.Add(item);
        }
    }
}
