using System.Buffers;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>Byte-level byte pair encoding of single words. Immutable and shared by all threads.</summary>
internal sealed class BpeModel
{
    private readonly int[] _byteIds; // [256]
    private readonly MergeTable _table;
    private readonly TokenIndex? _wholeWords;

    /// <summary>Makes the model; the reader and the trainer have checked that each byte is a token.</summary>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="merges">The rules by rank.</param>
    /// <param name="wholeWords">Tokens taken before any merge when a word is exactly one of them, or null (<c>ignore_merges</c>).</param>
    public BpeModel(Vocabulary vocabulary, IReadOnlyList<Merge> merges, TokenIndex? wholeWords)
    {
        _byteIds = new int[256];
        for (int b = 0; b < _byteIds.Length; b++) _byteIds[b] = vocabulary.Find(ByteAlphabet.ToChar((byte)b).ToString())!.Value;
        _table = new MergeTable(merges);
        _wholeWords = wholeWords;
    }

    /// <summary>Appends the tokens of one word; O(n log n) in its length.</summary>
    public void Encode(ReadOnlySpan<byte> word, WordCache cache, ref TokenSink output)
    {
        bool remember = word.Length <= WordCache.LongestWord;
        WordCache.Key key = remember ? WordCache.Pack(word) : default;
        if (remember && cache.Get(key) is { Length: > 0 } known)
        {
            output.Add(known);
            return;
        }

        if (_wholeWords?.Find(word) is >= 0 and var whole)
        {
            output.Add([whole]);
            if (remember) cache.Set(key, [whole]);
            return;
        }

        if (word.Length > BpeMerger.ShortWord)
        {
            EncodeLong(word, ref output);
            return;
        }

        Span<int> symbols = stackalloc int[BpeMerger.ShortWord];
        for (int i = 0; i < word.Length; i++) symbols[i] = _byteIds[word[i]];
        symbols = symbols[..BpeMerger.MergeShort(_table, symbols[..word.Length])];
        output.Add(symbols);
        if (remember && symbols.Length <= WordCache.MostTokens) cache.Set(key, symbols);
    }

    private void EncodeLong(ReadOnlySpan<byte> word, ref TokenSink output)
    {
        int[] rented = ArrayPool<int>.Shared.Rent(word.Length);
        for (int i = 0; i < word.Length; i++) rented[i] = _byteIds[word[i]];
        int count = BpeMerger.MergeLong(_table, rented.AsSpan(0, word.Length));
        output.Add(rented.AsSpan(0, count));
        ArrayPool<int>.Shared.Return(rented);
    }
}
