using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>Rank of a pair of tokens, by open addressing at a load of at most one half. Immutable.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that no rule merges: above every other.</summary>
    public const int NoRank = int.MaxValue;

    private readonly Slot[] _slots;
    private readonly int[] _results;
    private readonly int _mask;

    /// <summary>Indexes the rules; of two rules for the same pair the later one counts, as in the reference implementation.</summary>
    /// <param name="merges">The rules.</param>
    /// <param name="ranks">The rank of each rule; null: its place.</param>
    /// <param name="isForbidden">Whether no rule may make a token; null: all may.</param>
    public MergeTable(IReadOnlyList<Merge> merges, int[]? ranks = null, Func<int, bool>? isForbidden = null)
    {
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Count * 2))];
        _mask = _slots.Length - 1;
        _results = new int[ranks is null ? merges.Count : ranks.Length == 0 ? 0 : ranks.Max() + 1];
        Array.Fill(_slots, new Slot(ulong.MaxValue, NoRank));
        for (int i = 0; i < merges.Count; i++)
        {
            int rank = ranks is null ? i : ranks[i];
            _results[rank] = merges[i].Result;
            if (isForbidden is not null && isForbidden(merges[i].Result)) continue;
            ulong key = Key(merges[i].Left, merges[i].Right);
            int at = (int)WordHash.Mix(key) & _mask;
            while (_slots[at].Rank != NoRank && _slots[at].Key != key) at = (at + 1) & _mask;
            _slots[at] = new Slot(key, rank);
        }
    }

    /// <summary>The rank of a pair, or <see cref="NoRank"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right)
    {
        ulong key = Key(left, right);
        Slot[] slots = _slots;
        for (int at = (int)WordHash.Mix(key) & _mask; ; at = (at + 1) & _mask)
        {
            Slot slot = slots[at];
            if (slot.Key == key || slot.Rank == NoRank) return slot.Rank;
        }
    }

    /// <summary>The token that the rule of this rank makes.</summary>
    public int Result(int rank) => _results[rank];

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Slot(ulong Key, int Rank);
}
