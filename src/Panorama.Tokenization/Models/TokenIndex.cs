using System.Numerics;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>Finds the token that is exactly a word, for models whose <c>ignore_merges</c> asks for that first. Immutable.</summary>
internal sealed class TokenIndex
{
    private readonly Vocabulary _vocabulary;
    private readonly int[] _slots; // id + 1; 0 is free
    private readonly int _longest;

    /// <summary>Indexes the given tokens by their bytes.</summary>
    public TokenIndex(Vocabulary vocabulary, IEnumerable<int> ids)
    {
        _vocabulary = vocabulary;
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, vocabulary.Count * 2))];
        foreach (int id in ids)
        {
            _longest = Math.Max(_longest, vocabulary.Bytes(id).Length);
            _slots[Probe(vocabulary.Bytes(id))] = id + 1;
        }
    }

    /// <summary>The id of the token with these bytes, or -1.</summary>
    public int Find(ReadOnlySpan<byte> word) => word.Length > _longest ? -1 : _slots[Probe(word)] - 1;

    private int Probe(ReadOnlySpan<byte> word)
    {
        int mask = _slots.Length - 1;
        int at = (int)WordHash.Of(word) & mask;
        while (_slots[at] != 0 && !_vocabulary.Bytes(_slots[at] - 1).SequenceEqual(word)) at = (at + 1) & mask;
        return at;
    }
}
