namespace Panorama.Data.Dedup;

/// <summary>
/// Finds, exactly and not just probably, whether a set has a neighbour of at least a given Jaccard similarity in a collection.
/// Sets that similar share one of their |x| − ⌈t·|x|⌉ + 1 rarest elements, so only those are indexed and looked up
/// (prefix filtering: Chaudhuri et al. 2006, doi:10.1109/ICDE.2006.9; Bayardo et al. 2007, doi:10.1145/1242572.1242591).
/// Safe for use by several threads once made.
/// </summary>
internal sealed class NeighbourIndex
{
    private readonly IReadOnlyList<ulong[]> _sets;
    private readonly double _threshold;
    private readonly Dictionary<ulong, int> _rarity;
    private readonly List<int>?[] _postings;

    /// <summary>Indexes a collection.</summary>
    /// <param name="sets">Ascending distinct hashes each; kept, not copied.</param>
    /// <param name="threshold">In (0, 1].</param>
    public NeighbourIndex(IReadOnlyList<ulong[]> sets, double threshold)
    {
        _sets = sets;
        _threshold = threshold;
        Dictionary<ulong, int> frequency = [];
        foreach (ulong[] set in sets)
        {
            foreach (ulong element in set)
                frequency[element] = frequency.GetValueOrDefault(element) + 1;
        }

        // Any total order of the elements is right; the rarest first makes the shortest lists.
        (ulong Element, int Count)[] order = [.. frequency.Select(f => (f.Key, f.Value))];
        Array.Sort(order, static (a, b) => a.Count != b.Count ? a.Count.CompareTo(b.Count) : a.Element.CompareTo(b.Element));
        _rarity = new Dictionary<ulong, int>(order.Length);
        for (int rank = 0; rank < order.Length; rank++)
            _rarity.Add(order[rank].Element, rank);

        _postings = new List<int>?[order.Length];
        List<int> ranks = [];
        for (int i = 0; i < sets.Count; i++)
        {
            int prefix = Prefix(sets[i], ranks);
            for (int r = 0; r < prefix; r++)
                (_postings[ranks[r]] ??= []).Add(i);
        }
    }

    /// <summary>A set of the collection that is similar enough, or −1 when there is none.</summary>
    /// <param name="query">Ascending distinct hashes.</param>
    public int Find(ReadOnlySpan<ulong> query)
    {
        List<int> ranks = new(query.Length);
        HashSet<int> tried = [];
        int prefix = Prefix(query, ranks);
        for (int r = 0; r < prefix; r++)
        {
            if (_postings[ranks[r]] is not { } posting)
                continue;
            foreach (int candidate in posting)
            {
                if (tried.Add(candidate) && Jaccard.AtLeast(query, _sets[candidate], _threshold))
                    return candidate;
            }
        }

        return -1;
    }

    // Ranks of the known elements, ascending, and how many of them belong to the set's prefix.
    // Elements that the collection lacks are rarer than all others: they take up the prefix without matching.
    private int Prefix(ReadOnlySpan<ulong> set, List<int> ranks)
    {
        ranks.Clear();
        foreach (ulong element in set)
        {
            if (_rarity.TryGetValue(element, out int rank))
                ranks.Add(rank);
        }

        ranks.Sort();
        int overlap = (int)Math.Ceiling((_threshold * set.Length) - 1e-9);
        int prefix = set.Length - Math.Max(1, overlap) + 1;
        return Math.Clamp(prefix - (set.Length - ranks.Count), 0, ranks.Count);
    }
}
