using System.Runtime.InteropServices;

namespace Panorama.Inference.Sampling;

/// <summary>
/// Which tokens a sequence holds and how often its output does: what penalties need. Its size depends on the distinct
/// tokens, not on the vocabulary, since many sequences are under way at once.
/// </summary>
internal sealed class TokenHistory
{
    private Entry[] _entries;
    private int[] _slots; // index into the entries + 1; 0 is free. A power of two, at most half full.

    /// <summary>Makes an empty history.</summary>
    /// <param name="capacity">Distinct tokens it takes without allocating.</param>
    public TokenHistory(int capacity)
    {
        _entries = new Entry[Math.Max(capacity, 8)];
        _slots = new int[SlotsFor(_entries.Length)];
    }

    private TokenHistory(TokenHistory other) =>
        (_entries, _slots, Count) = ([.. other._entries], [.. other._slots], other.Count);

    /// <summary>Distinct tokens seen.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens seen, those taken back included, with count 0.</summary>
    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>A token of the prompt.</summary>
    public void AddPrompt(int token) => Find(token).InPrompt = true;

    /// <summary>A token of the output.</summary>
    public void AddOutput(int token) => Find(token).Outputs++;

    /// <summary>A token of the output is taken back.</summary>
    /// <exception cref="InvalidOperationException">The output does not hold it.</exception>
    public void RemoveOutput(int token)
    {
        ref Entry entry = ref Find(token);
        if (entry.Outputs == 0)
        {
            throw new InvalidOperationException($"token {token} is taken back, but the output does not hold it");
        }

        entry.Outputs--;
    }

    /// <summary>A history that goes its own way from here.</summary>
    public TokenHistory Fork() => new(this);

    private static int SlotsFor(int entries) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)entries * 2);

    private ref Entry Find(int token)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        ref int slot = ref SlotOf(token);
        if (slot == 0)
        {
            _entries[Count++] = new Entry { Token = token };
            slot = Count;
        }

        return ref _entries[slot - 1];
    }

    private ref int SlotOf(int token)
    {
        int at = (int)((uint)token * 0x9E3779B1u) & (_slots.Length - 1); // Knuth's multiplicative hash
        while (_slots[at] != 0 && _entries[_slots[at] - 1].Token != token)
        {
            at = (at + 1) & (_slots.Length - 1);
        }

        return ref _slots[at];
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _slots = new int[SlotsFor(_entries.Length)];
        for (int i = 0; i < Count; i++)
        {
            SlotOf(_entries[i].Token) = i + 1;
        }
    }

    /// <summary>One token.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct Entry
    {
        /// <summary>Its id.</summary>
        public int Token;

        /// <summary>How often the output holds it.</summary>
        public int Outputs;

        /// <summary>Whether the prompt holds it.</summary>
        public bool InPrompt;
    }
}
