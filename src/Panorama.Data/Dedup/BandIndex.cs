using System.Numerics;

namespace Panorama.Data.Dedup;

/// <summary>A hash table from band keys to the items that were added under them. Chains lie in flat arrays, not in objects.</summary>
internal sealed class BandIndex
{
    private readonly int _bands;
    private readonly int[] _heads;
    private readonly List<(ulong Key, int Item, int Next)> _entries = [];

    /// <summary>Makes an empty index.</summary>
    /// <param name="bands">Keys of an item.</param>
    /// <param name="items">About how many items will come.</param>
    public BandIndex(int bands, int items)
    {
        _bands = bands;
        _heads = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((long)bands * items, 16, 1 << 28))];
    }

    /// <summary>Adds an item under all its keys.</summary>
    /// <param name="item">Its number.</param>
    /// <param name="keys">Its band keys.</param>
    public void Add(int item, ReadOnlySpan<ulong> keys)
    {
        foreach (ulong key in keys[.._bands])
        {
            ref int head = ref Head(key);
            _entries.Add((key, item, head));
            head = _entries.Count; // one past the entry, so that 0 ends a chain
        }
    }

    /// <summary>Finds the items that share a key, newest first, each once.</summary>
    /// <param name="keys">The band keys looked for.</param>
    /// <param name="candidates">Cleared and filled.</param>
    /// <param name="seen">Cleared and filled with the same items.</param>
    public void Find(ReadOnlySpan<ulong> keys, List<int> candidates, HashSet<int> seen)
    {
        candidates.Clear();
        seen.Clear();
        foreach (ulong key in keys)
        {
            for (int at = Head(key); at != 0; at = _entries[at - 1].Next)
            {
                (ulong found, int item, _) = _entries[at - 1];
                if (found == key && seen.Add(item))
                    candidates.Add(item);
            }
        }
    }

    private ref int Head(ulong key) => ref _heads[(int)(key & (ulong)(_heads.Length - 1))];
}
