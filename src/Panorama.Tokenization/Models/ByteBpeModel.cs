using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Models;

/// <summary>Byte-level byte pair encoding: words are bytes, and each byte is a token.</summary>
internal sealed class ByteBpeModel : WordModel
{
    private readonly int[] _byteIds; // [256]
    private readonly MergeTable _table;
    private readonly TokenIndex? _wholeWords;

    /// <summary>Makes the model.</summary>
    /// <param name="vocabulary">All tokens; each byte is one.</param>
    /// <param name="table">The rules.</param>
    /// <param name="wholeWords">Tokens taken before any merge when a word is exactly one of them, or null (<c>ignore_merges</c>).</param>
    public ByteBpeModel(Vocabulary vocabulary, MergeTable table, TokenIndex? wholeWords)
    {
        _byteIds = new int[256];
        for (int b = 0; b < _byteIds.Length; b++) _byteIds[b] = vocabulary.Find(ByteAlphabet.ToChar((byte)b).ToString())!.Value;
        (_table, _wholeWords) = (table, wholeWords);
    }

    /// <summary>Whether a vocabulary has a token for each byte.</summary>
    public static bool HasAllBytes(Func<string, bool> has)
    {
        for (int b = 0; b < 256; b++)
            if (!has(ByteAlphabet.ToChar((byte)b).ToString())) return false;
        return true;
    }

    /// <inheritdoc/>
    protected override int Tokens(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        if (_wholeWords?.Find(word) is >= 0 and var whole)
        {
            tokens[0] = whole;
            return 1;
        }

        tokens = tokens[..word.Length];
        for (int i = 0; i < tokens.Length; i++) tokens[i] = _byteIds[word[i]];
        return tokens.Length <= BpeMerger.ShortWord ? BpeMerger.MergeShort(_table, tokens) : BpeMerger.MergeLong(_table, tokens);
    }
}
