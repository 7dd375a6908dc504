using System.Text;

namespace Panorama.Tokenization.Models;

/// <summary>Byte pair encoding of characters, with an unknown token or the bytes of unknown characters.</summary>
internal sealed class CharBpeModel : WordModel
{
    private const int Continuing = 1, Ending = 2;
    private readonly Dictionary<int, int>[] _chars = [[], [], [], []]; // [Continuing | Ending]: code point -> token
    private readonly int[]? _byteTokens; // [256]
    private readonly MergeTable _table;
    private readonly TokenIndex? _wholeWords;
    private readonly int _unknown;
    private readonly bool _fuseUnknown;
    private readonly bool _cutsAtMarks;

    /// <summary>Makes the model.</summary>
    /// <param name="definition">Its parameters.</param>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="table">The rules.</param>
    /// <param name="ids">The tokens that text can make.</param>
    public CharBpeModel(BpeDefinition definition, Vocabulary vocabulary, MergeTable table, IReadOnlyList<int> ids)
    {
        (_table, _fuseUnknown) = (table, definition.FuseUnknown);
        _wholeWords = definition.IgnoreMerges ? new TokenIndex(vocabulary, ids) : null;
        _unknown = definition.UnknownToken is { } unknown && vocabulary.Find(unknown) is { } id ? id : -1;
        foreach (int token in ids) AddChar(definition, vocabulary.Text(token), token);
        if (definition.ByteFallback) _byteTokens = ByteTokens.Find(vocabulary);

        const string Mark = Normalizers.SentencePieceNormalizer.Escape;
        _cutsAtMarks = !definition.IgnoreMerges && definition.ContinuingPrefix.Length == 0 && definition.EndSuffix.Length == 0 && _chars[0].ContainsKey(Mark[0])
            && definition.Merges.All(merge => !vocabulary.Text(merge.Right).StartsWith(Mark[0]) || vocabulary.Text(merge.Left).EndsWith(Mark[0]));
    }

    /// <inheritdoc/>
    protected override void EncodeLong(ReadOnlySpan<byte> word, WordCache cache, ref TokenSink output)
    {
        if (_cutsAtMarks) MarkedWords.Encode(this, word, cache, ref output);
        else EncodeUncut(word, ref output);
    }

    /// <inheritdoc/>
    protected override int Tokens(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        if (_wholeWords?.Find(word) is >= 0 and var whole)
        {
            tokens[0] = whole;
            return 1;
        }

        int count = Symbols(word, tokens);
        return count <= BpeMerger.ShortWord ? BpeMerger.MergeShort(_table, tokens[..count]) : BpeMerger.MergeLong(_table, tokens[..count]);
    }

    private int Symbols(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        (int count, bool pending) = (0, false); // pending: an unknown token is due
        for (int at = 0, length; at < word.Length; at += length)
        {
            Rune.DecodeFromUtf8(word[at..], out Rune rune, out length);
            int form = (at > 0 ? Continuing : 0) | (at + length == word.Length ? Ending : 0);
            if (_chars[form].TryGetValue(rune.Value, out int token))
            {
                if (pending) tokens[count++] = _unknown;
                pending = false;
                tokens[count++] = token;
            }
            else if (_byteTokens is not null)
            {
                // An unknown token that is due stays due, as in the reference implementation.
                foreach (byte value in word.Slice(at, length)) tokens[count++] = _byteTokens[value];
            }
            else if (_unknown >= 0)
            {
                if (pending && !_fuseUnknown) tokens[count++] = _unknown;
                pending = true;
            }
        }

        if (pending) tokens[count++] = _unknown;
        return count;
    }

    private void AddChar(BpeDefinition definition, string token, int id)
    {
        for (int form = 0; form < _chars.Length; form++)
        {
            string prefix = (form & Continuing) != 0 ? definition.ContinuingPrefix : "", suffix = (form & Ending) != 0 ? definition.EndSuffix : "";
            if (token.Length < prefix.Length + suffix.Length || !token.StartsWith(prefix, StringComparison.Ordinal) || !token.EndsWith(suffix, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> middle = token.AsSpan(prefix.Length, token.Length - prefix.Length - suffix.Length);
            if (Rune.DecodeFromUtf16(middle, out Rune rune, out int used) == System.Buffers.OperationStatus.Done && used == middle.Length) _chars[form][rune.Value] = id;
        }
    }
}
