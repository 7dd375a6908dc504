using System.Runtime.InteropServices;

namespace Panorama.Tokenization.Training;

/// <summary>
/// The pairs that one merge brings about. All of them hold the new token, so none existed before and none can come later:
/// they are counted here in slots that the caller numbers, without hashing, and then move to the <see cref="PairTable"/> with
/// lists of words of exactly the right length.
/// </summary>
/// <param name="slots">How many different pairs there can be.</param>
internal sealed class NewPairs(int slots)
{
    private readonly int[] _slots = new int[slots]; // item + 1; 0 is free
    private readonly List<Item> _items = [];
    private readonly List<(int Item, int Word)> _occurrences = [];

    /// <summary>Counts a pair in a word.</summary>
    public void Add(int slot, ulong key, long times, int word)
    {
        ref int index = ref _slots[slot];
        if (index == 0)
        {
            _items.Add(new Item { Slot = slot, Key = key, LastWord = -1 });
            index = _items.Count;
        }

        ref Item item = ref CollectionsMarshal.AsSpan(_items)[index - 1];
        item.Frequency += times;
        if (item.LastWord == word) return;
        item.LastWord = word;
        item.Words++;
        _occurrences.Add((index - 1, word));
    }

    /// <summary>Takes back what <see cref="Add"/> counted in the same word: the pair has been merged over.</summary>
    public void Subtract(int slot, long times) => CollectionsMarshal.AsSpan(_items)[_slots[slot] - 1].Frequency -= times;

    /// <summary>Moves the pairs that are frequent enough to the table, and empties this.</summary>
    /// <param name="minFrequency">Rarer pairs can never be merged, since counts only fall from now on: they are dropped.</param>
    /// <param name="pairs">The table.</param>
    /// <param name="arena">Takes the words of each pair.</param>
    /// <param name="added">Called with the index of each pair that was moved.</param>
    public void MoveTo(PairTable pairs, long minFrequency, List<int> arena, Action<int> added)
    {
        Span<Item> items = CollectionsMarshal.AsSpan(_items);
        int start = arena.Count;
        for (int i = 0; i < items.Length; i++)
        {
            ref Item item = ref items[i];
            _slots[item.Slot] = 0;
            item.Next = -1;
            if (item.Frequency < minFrequency) continue;
            item.Next = start;
            added(pairs.Add(new PairTable.Pair { Key = item.Key, Frequency = item.Frequency, WordsStart = start, WordsCount = item.Words }));
            start += item.Words;
        }

        CollectionsMarshal.SetCount(arena, start);
        Span<int> words = CollectionsMarshal.AsSpan(arena);
        foreach ((int i, int word) in CollectionsMarshal.AsSpan(_occurrences))
            if (items[i].Next >= 0) words[items[i].Next++] = word;
        _items.Clear();
        _occurrences.Clear();
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Item
    {
        public ulong Key;
        public long Frequency;
        public int Slot;
        public int LastWord;
        public int Words;
        public int Next;
    }
}
