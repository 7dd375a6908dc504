using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>
/// A byte trie whose edges lie in one hash table: one memory access a byte, no array per node, and a hostile vocabulary costs no more
/// than its bytes.
/// </summary>
internal sealed class ByteTrie
{
    /// <summary>The node of the empty text.</summary>
    public const int Root = 0;

    /// <summary>No node, or no value.</summary>
    public const int None = -1;

    private Slot[] _slots = new Slot[64];
    private int _count = 1;

    /// <summary>Adds a text of at least one byte, or gives a known one a new value.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="value">At least 0.</param>
    public void Add(ReadOnlySpan<byte> text, int value)
    {
        int node = Root;
        for (int i = 0; i < text.Length; i++)
        {
            if (_count * 2 > _slots.Length) Grow();
            ref Slot slot = ref Find(Key(node, text[i]));
            if (slot.Key == 0) slot = new Slot { Key = Key(node, text[i]), Child = _count++, Value = None };
            if (i == text.Length - 1) slot.Value = value;
            node = slot.Child;
        }
    }

    /// <summary>Goes on by one byte; false when no text goes on so.</summary>
    /// <param name="node">The node of the text so far; then of the longer one.</param>
    /// <param name="next">The byte.</param>
    /// <param name="value">The value of the longer text, or <see cref="None"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryStep(ref int node, byte next, out int value)
    {
        ref Slot slot = ref Find(Key(node, next));
        (node, value) = (slot.Child, slot.Value);
        return slot.Key != 0;
    }

    /// <summary>The longest beginning of a text that was added.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="length">Its length; 0 when there is none.</param>
    /// <returns>Its value, or <see cref="None"/>.</returns>
    public int Longest(ReadOnlySpan<byte> text, out int length)
    {
        (int node, int longest) = (Root, None);
        length = 0;
        for (int i = 0; i < text.Length && TryStep(ref node, text[i], out int value); i++)
            if (value != None) (longest, length) = (value, i + 1);
        return longest;
    }

    private static ulong Key(int node, byte next) => (((ulong)(uint)node << 8) | next) + 1; // 0 is a free slot

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot Find(ulong key)
    {
        Slot[] slots = _slots;
        int mask = slots.Length - 1;
        int at = (int)WordHash.Mix(key) & mask;
        while (slots[at].Key != key && slots[at].Key != 0) at = (at + 1) & mask;
        return ref slots[at];
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[old.Length * 2];
        foreach (Slot slot in old)
            if (slot.Key != 0) Find(slot.Key) = slot;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Slot
    {
        public ulong Key;
        public int Child;
        public int Value;
    }
}
