using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>
/// Remembers the tokens of words up to 24 bytes and 8 tokens: direct-mapped, 64 bytes a word, 1 MiB in all, so
/// that it stays in the second-level cache and needs no bookkeeping: a new word takes the place of an old one.
/// Used by one thread at a time.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are not remembered.</summary>
    public const int LongestWord = 24;

    /// <summary>Words of more tokens are not remembered.</summary>
    public const int MostTokens = 8;

    private const int Slots = 1 << 14;
    private readonly Slot[] _slots = new Slot[Slots];

    /// <summary>Packs a word of 1 to <see cref="LongestWord"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Key Pack(ReadOnlySpan<byte> word)
    {
        if (word.Length <= 8) return new Key(WordHash.Tail(word), 0, 0, word.Length);
        if (word.Length <= 16) return new Key(WordHash.Tail(word), WordHash.Tail(word[8..]), 0, word.Length);
        return new Key(WordHash.Tail(word), WordHash.Tail(word[8..]), WordHash.Tail(word[16..]), word.Length);
    }

    /// <summary>The tokens of a word, or an empty span when it is not remembered. Valid until the next <see cref="Set"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Get(in Key key)
    {
        ref Slot slot = ref _slots[Index(key)];
        return slot.Key == key ? MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Tokens, int>(ref slot.Tokens), slot.Count) : default;
    }

    /// <summary>Remembers a word of 1 to <see cref="MostTokens"/> tokens.</summary>
    public void Set(in Key key, ReadOnlySpan<int> tokens)
    {
        ref Slot slot = ref _slots[Index(key)];
        slot.Key = key;
        slot.Count = tokens.Length;
        tokens.CopyTo(slot.Tokens);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Index(in Key key) =>
        (int)WordHash.Mix(key.First ^ BitOperations.RotateLeft(key.Second, 21) ^ BitOperations.RotateLeft(key.Third, 42) ^ ((ulong)key.Length << 56)) & (Slots - 1);

    /// <summary>A word, padded with zeros; the length tells zeros of the word from padding.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Key(ulong First, ulong Second, ulong Third, int Length);

    [StructLayout(LayoutKind.Auto)]
    private struct Slot
    {
        public Key Key; // Length 0: empty
        public int Count;
        public Tokens Tokens;
    }

    [InlineArray(MostTokens)]
    private struct Tokens
    {
        private int _first;
    }
}
