using System.Buffers;
using System.Text;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Patterns;

namespace Panorama.Tokenization.AddedTokens;

/// <summary>Finds added tokens in text: leftmost, the longest at a place. A byte trie, so hostile token lists cost nothing extra.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly ByteTrie _trie = new();
    private readonly AddedToken[] _tokens; // [value in the trie]
    private readonly SearchValues<byte> _firstBytes;

    /// <summary>Indexes tokens of non-empty content.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="normalize">What to look for instead of the content; null: the content.</param>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens, Func<string, string>? normalize = null)
    {
        _tokens = [.. tokens];
        var firstBytes = new HashSet<byte>();
        for (int i = 0; i < _tokens.Length; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(normalize is null ? _tokens[i].Content : normalize(_tokens[i].Content));
            if (bytes.Length == 0) continue;
            firstBytes.Add(bytes[0]);
            _trie.Add(bytes, i);
        }

        _firstBytes = SearchValues.Create([.. firstBytes]);
    }

    /// <summary>The next added token in a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="from">Where to begin: the end of the token before.</param>
    /// <param name="start">Where it starts, with the blank space that it takes; the text's length when there is none.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="id">Its id; -1 when there is none.</param>
    public bool TryFind(ReadOnlySpan<byte> text, int from, out int start, out int end, out int id)
    {
        for (int at = from; text[at..].IndexOfAny(_firstBytes) is >= 0 and var offset;)
        {
            at += offset;
            int found = _trie.Longest(text[at..], out int length);
            if (found < 0)
            {
                at++;
                continue;
            }

            AddedToken token = _tokens[found];
            (start, end, id) = (at, at + length, token.Id);
            at = end;
            if (token.SingleWord && (WordBefore(text, start) || WordAfter(text, end))) continue;
            if (token.TakesLeft) start = SpaceBefore(text, from, start);
            if (token.TakesRight) end = SpaceAfter(text, end);
            return true;
        }

        (start, end, id) = (text.Length, text.Length, -1);
        return false;
    }

    private static bool WordBefore(ReadOnlySpan<byte> text, int at) => at > 0 && CharSet.Word.Contains(LastRune(text[..at], out _));

    private static bool WordAfter(ReadOnlySpan<byte> text, int at) => at < text.Length && CharSet.Word.Contains(FirstRune(text[at..], out _));

    private static int SpaceBefore(ReadOnlySpan<byte> text, int from, int at)
    {
        while (at > from && CharSet.Space.Contains(LastRune(text[from..at], out int length))) at -= length;
        return at;
    }

    private static int SpaceAfter(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && CharSet.Space.Contains(FirstRune(text[at..], out int length))) at += length;
        return at;
    }

    private static int FirstRune(ReadOnlySpan<byte> text, out int length)
    {
        Rune.DecodeFromUtf8(text, out Rune rune, out length);
        return rune.Value;
    }

    private static int LastRune(ReadOnlySpan<byte> text, out int length)
    {
        Rune.DecodeLastFromUtf8(text, out Rune rune, out length);
        return rune.Value;
    }
}
