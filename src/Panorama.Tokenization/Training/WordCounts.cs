using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Training;

/// <summary>Counts of distinct words: open addressing over entries, with the words' bytes in one arena.</summary>
internal sealed class WordCounts
{
    private const int BytesPerEntry = 32; // the entry and its share of the slots at a load of one half
    private Entry[] _entries = new Entry[1 << 10];
    private int[] _slots = new int[1 << 12]; // entry + 1; 0 is free
    private byte[] _arena = new byte[1 << 14];
    private int _arenaUsed;

    /// <summary>How many distinct words there are.</summary>
    public int Count { get; private set; }

    /// <summary>About how much memory the words take.</summary>
    public long MemoryBytes => ((long)Count * BytesPerEntry) + _arenaUsed;

    /// <summary>The bytes of the i-th word; valid until a word is added.</summary>
    public ReadOnlySpan<byte> Word(int index) => _arena.AsSpan(_entries[index].Start, _entries[index].Length);

    /// <summary>How often the i-th word was seen.</summary>
    public long Frequency(int index) => _entries[index].Frequency;

    /// <summary>Counts a word.</summary>
    public void Add(ReadOnlySpan<byte> word, long times) => Add(word, (uint)WordHash.Of(word), times);

    /// <summary>Adds all counts of another table.</summary>
    public void Add(WordCounts other)
    {
        for (int i = 0; i < other.Count; i++) Add(other.Word(i), other._entries[i].Hash, other._entries[i].Frequency);
    }

    /// <summary>Forgets everything and keeps the memory.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = _arenaUsed = 0;
    }

    /// <summary>Keeps the most frequent words, of equally frequent ones the first in byte order, as many as fit; forgets the others.</summary>
    /// <param name="memoryBytes">What the kept words may take, as <see cref="MemoryBytes"/> counts it.</param>
    public void KeepMostFrequent(long memoryBytes)
    {
        int[] order = ByFrequency(out ulong[] keys);
        int kept = Fitting(order, memoryBytes);
        // The keys tell most words apart; only where the border falls among equal ones does the rest of the words matter.
        if (kept < order.Length)
        {
            int from = Array.IndexOf(keys, keys[kept]), to = Array.LastIndexOf(keys, keys[kept]) + 1;
            Array.Sort(order, from, to - from, Comparer<int>.Create((a, b) => _entries[a].Frequency != _entries[b].Frequency
                ? _entries[b].Frequency.CompareTo(_entries[a].Frequency)
                : Word(a).SequenceCompareTo(Word(b))));
            kept = Fitting(order, memoryBytes);
        }

        Array.Sort(order, 0, kept); // by place: words only move to the front of the arena
        _arenaUsed = 0;
        for (int i = 0; i < kept; i++)
        {
            Entry entry = _entries[order[i]];
            _arena.AsSpan(entry.Start, entry.Length).CopyTo(_arena.AsSpan(_arenaUsed));
            _entries[i] = entry with { Start = _arenaUsed };
            _arenaUsed += entry.Length;
        }

        Count = kept;
        Rehash(_slots.Length);
    }

    /// <summary>All entries, most frequent first, then by the first four bytes; and the keys that say so.</summary>
    private int[] ByFrequency(out ulong[] keys)
    {
        var order = new int[Count];
        keys = new ulong[Count];
        Span<byte> start = stackalloc byte[4];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            start.Clear();
            Word(i)[..Math.Min(4, _entries[i].Length)].CopyTo(start);
            uint rarity = uint.MaxValue - (uint)Math.Min(uint.MaxValue, _entries[i].Frequency);
            keys[i] = ((ulong)rarity << 32) | BinaryPrimitives.ReadUInt32BigEndian(start);
        }

        Array.Sort(keys, order);
        return order;
    }

    private int Fitting(ReadOnlySpan<int> order, long memoryBytes)
    {
        int count = 0;
        while (count < order.Length && (memoryBytes -= BytesPerEntry + _entries[order[count]].Length) >= 0) count++;
        return count;
    }

    private void Add(ReadOnlySpan<byte> word, uint hash, long times)
    {
        int mask = _slots.Length - 1;
        int at = (int)hash & mask;
        while (_slots[at] != 0)
        {
            ref Entry entry = ref _entries[_slots[at] - 1];
            if (entry.Hash == hash && entry.Length == word.Length && _arena.AsSpan(entry.Start, entry.Length).SequenceEqual(word))
            {
                entry.Frequency += times;
                return;
            }

            at = (at + 1) & mask;
        }

        if (Count == _entries.Length) Array.Resize(ref _entries, Count * 2);
        while (_arena.Length - _arenaUsed < word.Length) Array.Resize(ref _arena, checked(_arena.Length * 2));
        word.CopyTo(_arena.AsSpan(_arenaUsed));
        _entries[Count++] = new Entry { Hash = hash, Start = _arenaUsed, Length = word.Length, Frequency = times };
        _arenaUsed += word.Length;
        _slots[at] = Count;
        if (Count * 2 > _slots.Length) Rehash(_slots.Length * 2);
    }

    private void Rehash(int size)
    {
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)size)];
        int mask = _slots.Length - 1;
        for (int i = 0; i < Count; i++)
        {
            int at = (int)_entries[i].Hash & mask;
            while (_slots[at] != 0) at = (at + 1) & mask;
            _slots[at] = i + 1;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private record struct Entry
    {
        public long Frequency;
        public uint Hash;
        public int Start;
        public int Length;
    }
}
