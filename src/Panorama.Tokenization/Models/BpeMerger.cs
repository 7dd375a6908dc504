using System.Buffers;

namespace Panorama.Tokenization.Models;

/// <summary>
/// The merge loop (Sennrich et al. 2016, arXiv:1508.07909): the rule of lowest rank is applied first, the leftmost pair
/// first among equals, until no rule fits.
/// </summary>
internal static class BpeMerger
{
    /// <summary>Up to this many symbols a scan for the lowest rank is faster than a heap.</summary>
    public const int ShortWord = 96;

    /// <summary>Merges in place; quadratic, for at most <see cref="ShortWord"/> symbols.</summary>
    /// <returns>How many symbols are left at the front of <paramref name="symbols"/>.</returns>
    public static int MergeShort(MergeTable table, Span<int> symbols)
    {
        int count = symbols.Length;
        Span<int> ranks = stackalloc int[ShortWord];
        ranks = ranks[..count];
        for (int i = 0; i + 1 < count; i++) ranks[i] = table.Rank(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            int best = MergeTable.NoRank, at = 0;
            for (int i = 0; i < count - 1; i++)
            {
                if (ranks[i] >= best) continue;
                best = ranks[i];
                at = i;
            }

            if (best == MergeTable.NoRank) break;
            symbols[at] = table.Result(best);
            symbols[(at + 2)..count].CopyTo(symbols[(at + 1)..]);
            count--;
            if (at + 1 < count)
            {
                ranks[(at + 2)..count].CopyTo(ranks[(at + 1)..]);
                ranks[at] = table.Rank(symbols[at], symbols[at + 1]);
            }

            if (at > 0) ranks[at - 1] = table.Rank(symbols[at - 1], symbols[at]);
        }

        return count;
    }

    /// <summary>Merges in place in O(n log n), with at most about 50 bytes of working memory a symbol.</summary>
    /// <returns>How many symbols are left at the front of <paramref name="symbols"/>.</returns>
    public static int MergeLong(MergeTable table, Span<int> symbols)
    {
        int count = symbols.Length;
        int[] next = ArrayPool<int>.Shared.Rent(count), previous = ArrayPool<int>.Shared.Rent(count), ranks = ArrayPool<int>.Shared.Rent(count);
        using var heap = new RankHeap(count);
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            ranks[i] = i + 1 < count ? table.Rank(symbols[i], symbols[i + 1]) : MergeTable.NoRank;
            if (ranks[i] != MergeTable.NoRank) heap.Append(Entry(ranks[i], i));
        }

        heap.Order();
        while (heap.TryPop(out ulong entry))
        {
            int rank = (int)(entry >> 32), at = (int)(uint)entry;
            if (ranks[at] != rank) continue; // the pair has changed since
            int gone = next[at], after = next[gone], before = previous[at];
            symbols[at] = table.Result(rank);
            ranks[gone] = MergeTable.NoRank;
            next[at] = after;
            if (after < count) previous[after] = at;
            ranks[at] = after < count ? table.Rank(symbols[at], symbols[after]) : MergeTable.NoRank;
            if (ranks[at] != MergeTable.NoRank) heap.Push(Entry(ranks[at], at));
            if (before < 0) continue;
            ranks[before] = table.Rank(symbols[before], symbols[at]);
            if (ranks[before] != MergeTable.NoRank) heap.Push(Entry(ranks[before], before));
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i]) symbols[kept++] = symbols[i];
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);
        ArrayPool<int>.Shared.Return(ranks);
        return kept;
    }

    private static ulong Entry(int rank, int at) => ((ulong)(uint)rank << 32) | (uint)at;
}
