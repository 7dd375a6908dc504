using System.Runtime.InteropServices;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Training;

/// <summary>Pairs of neighbouring tokens that may still be merged: how often they occur, and in which words.</summary>
internal sealed class PairTable
{
    private Pair[] _pairs = new Pair[1 << 12];
    private int[] _slots = new int[1 << 14]; // pair + 1; 0 is free

    /// <summary>How many pairs there are.</summary>
    public int Count { get; private set; }

    /// <summary>A pair by its index; valid until the next <see cref="Add"/>.</summary>
    public ref Pair this[int index] => ref _pairs[index];

    /// <summary>The two tokens as one key; keys order as (left, right) does.</summary>
    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>Adds a new pair and returns its index.</summary>
    public int Add(Pair pair)
    {
        if (Count == _pairs.Length) Array.Resize(ref _pairs, Count * 2);
        if ((Count + 1) * 2 > _slots.Length) Rehash();
        _pairs[Count] = pair;
        _slots[Probe(pair.Key)] = Count + 1;
        return Count++;
    }

    /// <summary>Takes occurrences away; a pair that is not here was too rare to be kept.</summary>
    public void Subtract(ulong key, long times)
    {
        int index = _slots[Probe(key)] - 1;
        if (index >= 0) _pairs[index].Frequency -= times;
    }

    private int Probe(ulong key)
    {
        int mask = _slots.Length - 1;
        int at = (int)WordHash.Mix(key) & mask;
        while (_slots[at] != 0 && _pairs[_slots[at] - 1].Key != key) at = (at + 1) & mask;
        return at;
    }

    private void Rehash()
    {
        _slots = new int[_slots.Length * 2];
        for (int i = 0; i < Count; i++) _slots[Probe(_pairs[i].Key)] = i + 1;
    }

    /// <summary>A pair with its occurrences, which lie together in the arena of <see cref="MergeLearner"/>.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct Pair
    {
        /// <summary><see cref="PairTable.Key"/> of the two tokens.</summary>
        public ulong Key;

        /// <summary>How often it occurs in the texts now.</summary>
        public long Frequency;

        /// <summary>Where its words start in the arena.</summary>
        public int WordsStart;

        /// <summary>How many words it was found in; some may have lost it since.</summary>
        public int WordsCount;
    }
}
