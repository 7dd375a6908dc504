using System.Numerics;
using System.Runtime.CompilerServices;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>
/// A byte trie whose edges lie in one hash table: two memory accesses a byte, no array per node, and a hostile vocabulary costs no more
/// than its bytes.
/// </summary>
internal sealed class ByteTrie
{
    /// <summary>The node of the empty text.</summary>
    public const int Root = 0;

    /// <summary>No node, or no value.</summary>
    public const int None = -1;

    private ulong[] _keys = new ulong[64]; // (node << 8 | byte) + 1; 0 is free
    private int[] _children = new int[64];
    private readonly List<int> _values = [None]; // [node]

    /// <summary>How many nodes there are.</summary>
    public int Count => _values.Count;

    /// <summary>Adds a text, or gives a known one a new value.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="value">At least 0.</param>
    public void Add(ReadOnlySpan<byte> text, int value)
    {
        int node = Root;
        foreach (byte b in text)
        {
            int child = Child(node, b);
            if (child == None)
            {
                child = _values.Count;
                _values.Add(None);
                if (_values.Count * 2 > _keys.Length) Grow();
                Insert(Key(node, b), child);
            }

            node = child;
        }

        _values[node] = value;
    }

    /// <summary>The node after one more byte, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Child(int node, byte next)
    {
        ulong key = Key(node, next);
        ulong[] keys = _keys;
        int mask = keys.Length - 1;
        for (int at = (int)WordHash.Mix(key) & mask; ; at = (at + 1) & mask)
        {
            if (keys[at] == key) return _children[at];
            if (keys[at] == 0) return None;
        }
    }

    /// <summary>The value of a node, or <see cref="None"/>.</summary>
    public int Value(int node) => _values[node];

    /// <summary>The longest beginning of a text that was added.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="length">Its length; 0 when there is none.</param>
    /// <returns>Its value, or <see cref="None"/>.</returns>
    public int Longest(ReadOnlySpan<byte> text, out int length)
    {
        (int node, int value) = (Root, None);
        length = 0;
        for (int i = 0; i < text.Length && (node = Child(node, text[i])) != None; i++)
            if (_values[node] != None) (value, length) = (_values[node], i + 1);
        return value;
    }

    private static ulong Key(int node, byte next) => (((ulong)(uint)node << 8) | next) + 1;

    private void Insert(ulong key, int child)
    {
        int mask = _keys.Length - 1;
        int at = (int)WordHash.Mix(key) & mask;
        while (_keys[at] != 0) at = (at + 1) & mask;
        (_keys[at], _children[at]) = (key, child);
    }

    private void Grow()
    {
        (ulong[] keys, int[] children) = (_keys, _children);
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)_values.Count * 4);
        (_keys, _children) = (new ulong[size], new int[size]);
        for (int i = 0; i < keys.Length; i++)
            if (keys[i] != 0) Insert(keys[i], children[i]);
    }
}
