using System.Runtime.CompilerServices;

namespace Panorama.Tokenization.Models;

/// <summary>Encodes single words. Immutable and shared by all threads; each thread brings its cache.</summary>
internal abstract class WordModel
{
    /// <summary>Appends the tokens of one word of at least one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Encode(ReadOnlySpan<byte> word, WordCache cache, ref TokenSink output)
    {
        if (word.Length > WordCache.LongestWord)
        {
            EncodeLong(word, cache, ref output);
            return;
        }

        WordCache.Key key = WordCache.Pack(word);
        ReadOnlySpan<int> known = cache.Get(key);
        if (known.Length > 0) output.Add(known);
        else EncodeNew(word, key, cache, ref output);
    }

    /// <summary>Writes the tokens of a word.</summary>
    /// <param name="word">UTF-8.</param>
    /// <param name="tokens">Room for as many tokens as the word has bytes.</param>
    /// <returns>How many tokens there are.</returns>
    protected abstract int Tokens(ReadOnlySpan<byte> word, Span<int> tokens);

    /// <summary>Encodes a word that is too long for the cache; a model that can cut it into words of its own does.</summary>
    protected virtual void EncodeLong(ReadOnlySpan<byte> word, WordCache cache, ref TokenSink output) => EncodeUncut(word, ref output);

    /// <summary>Encodes a long word as one.</summary>
    public void EncodeUncut(ReadOnlySpan<byte> word, ref TokenSink output)
    {
        const int OnStack = 512;
        if (word.Length <= OnStack)
        {
            Span<int> few = stackalloc int[OnStack];
            output.Add(few[..Tokens(word, few)]);
            return;
        }

        int[] rented = System.Buffers.ArrayPool<int>.Shared.Rent(word.Length);
        output.Add(rented.AsSpan(0, Tokens(word, rented)));
        System.Buffers.ArrayPool<int>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EncodeNew(ReadOnlySpan<byte> word, in WordCache.Key key, WordCache cache, ref TokenSink output)
    {
        Span<int> tokens = stackalloc int[WordCache.LongestWord];
        tokens = tokens[..Tokens(word, tokens)];
        output.Add(tokens);
        if (tokens.Length is > 0 and <= WordCache.MostTokens) cache.Set(key, tokens);
    }
}
