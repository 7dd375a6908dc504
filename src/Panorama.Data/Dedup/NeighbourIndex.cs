using System.Runtime.InteropServices;

namespace Panorama.Data.Dedup;

/// <summary>
/// Finds, exactly and not just probably, whether a set has a neighbour of at least a given Jaccard similarity t in a collection.
/// Elements are ordered from the rarest to the most frequent. Similar sets then share one of their first |x| − ⌈t·|x|⌉ + 1
/// elements (prefix filtering: Bayardo et al. 2007, doi:10.1145/1242572.1242591), and where in the order the shared ones stand
/// bounds how many more there can be (positional filtering: Xiao et al. 2008, doi:10.1145/1367497.1367516).
/// </summary>
internal sealed class NeighbourIndex
{
    private readonly IReadOnlyList<ulong[]> _sets;
    private readonly double _threshold;
    private readonly Dictionary<ulong, int> _ranks;
    private readonly List<Posting>?[] _postings;

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
                CollectionsMarshal.GetValueRefOrAddDefault(frequency, element, out _)++;
        }

        // Any total order of the elements is right; the rarest first makes the shortest lists.
        (ulong Element, int Count)[] order = [.. frequency.Select(f => (f.Key, f.Value))];
        Array.Sort(order, static (a, b) => a.Count != b.Count ? a.Count.CompareTo(b.Count) : a.Element.CompareTo(b.Element));
        _ranks = new Dictionary<ulong, int>(order.Length);
        for (int rank = 0; rank < order.Length; rank++)
            _ranks.Add(order[rank].Element, rank);

        _postings = new List<Posting>?[order.Length];
        List<int> ranks = [];
        for (int item = 0; item < sets.Count; item++)
        {
            int prefix = Rank(sets[item], ranks);
            for (int position = 0; position < prefix; position++)
                (_postings[ranks[position]] ??= []).Add(new Posting(item, position));
        }
    }

    /// <summary>Starts a search; each thread needs one of its own.</summary>
    public Search StartSearch() => new(this);

    // Fills in the ranks of the elements that the collection knows, ascending, and tells how many of those lie in the prefix.
    // Unknown elements are rarer than all others: they take up the start of the prefix without matching anything.
    private int Rank(ReadOnlySpan<ulong> set, List<int> ranks)
    {
        ranks.Clear();
        foreach (ulong element in set)
        {
            if (_ranks.TryGetValue(element, out int rank))
                ranks.Add(rank);
        }

        int prefix = set.Length - Math.Max(1, Ceiling(_threshold * set.Length)) + 1;
        int known = Math.Clamp(prefix - (set.Length - ranks.Count), 0, ranks.Count);
        if (known > 0)
            ranks.Sort();
        return known;
    }

    private static int Ceiling(double value) => (int)Math.Ceiling(value - 1e-9);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Posting(int Item, int Position);

    /// <summary>Looks sets up, with the working memory that takes.</summary>
    /// <param name="index">The collection.</param>
    internal sealed class Search(NeighbourIndex index)
    {
        private const int Pruned = int.MinValue / 2;

        private readonly int[] _shared = new int[index._sets.Count];
        private readonly List<int> _touched = [], _ranks = [];

        /// <summary>A set of the collection that is similar enough, or −1 when there is none.</summary>
        /// <param name="query">Ascending distinct hashes.</param>
        public int Find(ReadOnlySpan<ulong> query)
        {
            int prefix = index.Rank(query, _ranks), unknown = query.Length - _ranks.Count;
            for (int r = 0; r < prefix; r++)
            {
                if (index._postings[_ranks[r]] is not { } postings)
                    continue;
                foreach (Posting posting in CollectionsMarshal.AsSpan(postings))
                    Count(query.Length, unknown + r, posting);
            }

            int found = -1;
            foreach (int item in _touched)
            {
                if (found < 0 && _shared[item] > 0 && Jaccard.AtLeast(query, index._sets[item], index._threshold))
                    found = item;
                _shared[item] = 0;
            }

            _touched.Clear();
            return found;
        }

        private void Count(int length, int position, Posting posting)
        {
            ref int shared = ref _shared[posting.Item];
            int other = index._sets[posting.Item].Length;
            if (shared == 0)
                _touched.Add(posting.Item);
            int possible = shared + 1 + Math.Min(length - position - 1, other - posting.Position - 1);
            bool alike = Math.Min(length, other) >= index._threshold * Math.Max(length, other);
            shared = alike && possible >= Ceiling(index._threshold / (1 + index._threshold) * (length + other)) ? shared + 1 : Pruned;
        }
    }
}
