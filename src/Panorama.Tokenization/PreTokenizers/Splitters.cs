using System.Text;
using Panorama.Tokenization.Patterns;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>Finds single characters of a set.</summary>
/// <param name="set">The set.</param>
/// <param name="behavior">What happens to them.</param>
internal sealed class CharSplitter(CharSet set, SplitBehavior behavior) : Splitter(behavior, invert: false)
{
    /// <summary>White space.</summary>
    public static CharSet Space => CharSet.Space;

    /// <summary>What BERT takes for punctuation: every ASCII character that is no letter, digit, space or control, and categories P.</summary>
    public static CharSet Punctuation { get; } = CharSet.Category("P")!.Union(CharSet.Of(('!', '/'), (':', '@'), ('[', '`'), ('{', '~')));

    /// <inheritdoc/>
    protected override void Find(ReadOnlySpan<byte> piece, List<(int Start, int End)> found)
    {
        for (int at = 0; at < piece.Length;)
        {
            (int scalar, int length) = (piece[at], 1);
            if (scalar >= 0x80)
            {
                Rune.DecodeFromUtf8(piece[at..], out Rune rune, out length);
                scalar = rune.Value;
            }

            if (set.Contains(scalar)) found.Add((at, at + length));
            at += length;
        }
    }
}

/// <summary>Finds a fixed text.</summary>
internal sealed class TextSplitter(string text, SplitBehavior behavior, bool invert) : Splitter(behavior, invert)
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    /// <inheritdoc/>
    protected override void Find(ReadOnlySpan<byte> piece, List<(int Start, int End)> found)
    {
        if (_text.Length == 0) return;
        for (int at = 0; piece[at..].IndexOf(_text) is >= 0 and var offset; at += offset + _text.Length)
            found.Add((at + offset, at + offset + _text.Length));
    }
}

/// <summary>Finds the matches of a regular expression.</summary>
internal sealed class PatternSplitter(Pattern pattern, SplitBehavior behavior, bool invert) : Splitter(behavior, invert)
{
    /// <summary>Finds <c>\w+|[^\w\s]+</c>, with the word characters of Unicode where Oniguruma has others.</summary>
    public static PatternSplitter Words(SplitBehavior behavior, bool invert)
    {
        PatternNode[] runs = [new PatternNode.One(CharSet.Word), new PatternNode.One(CharSet.Word.Union(CharSet.Space).Negate())];
        return new PatternSplitter(new Pattern(@"\w+|[^\w\s]+", new PatternNode.Choice([.. runs.Select(static one => new PatternNode.Repeat(one, 1, int.MaxValue, Greedy: true))])), behavior, invert);
    }

    /// <inheritdoc/>
    protected override void Find(ReadOnlySpan<byte> piece, List<(int Start, int End)> found)
    {
        var matcher = new PatternMatcher(pattern, piece.Length);
        for (int at = 0; at < piece.Length && matcher.TryFind(piece, at, out int start, out int end);)
        {
            if (end > start) found.Add((start, end));
            at = end > start ? end : end + 1;
            while (at < piece.Length && (piece[at] & 0xC0) == 0x80) at++; // after an empty match: not inside a character
        }
    }
}

/// <summary>Cuts where the script changes; spaces belong to the script before, Japanese syllables to Han.</summary>
internal sealed class ScriptPreTokenizer : PreTokenizer
{
    private static readonly byte Han = Unicode.Scripts.Number("Han"), Hiragana = Unicode.Scripts.Number("Hiragana"), Katakana = Unicode.Scripts.Number("Katakana");

    /// <inheritdoc/>
    public override void Apply(PieceList pieces)
    {
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            (int start, int last) = (piece.Start, -1); // -1: no script yet
            for (int at = piece.Start; at < piece.End;)
            {
                Rune.DecodeFromUtf8(text[at..piece.End], out Rune rune, out int length);
                byte script = Script(rune.Value);
                if (script != Unicode.Scripts.None)
                {
                    if (last != script)
                    {
                        // Text before the first script of a piece is lost, as in the reference implementation.
                        if (last >= 0) pieces.Keep(piece, start, at);
                        start = at;
                    }

                    last = script;
                }

                at += length;
            }

            if (last >= 0) pieces.Keep(piece, start, piece.End);
        }

        pieces.EndCut();
    }

    private static byte Script(int scalar)
    {
        if (scalar == ' ') return Unicode.Scripts.None;
        byte script = scalar == 0x30FC ? Han : Unicode.Scripts.Of(scalar);
        return script == Hiragana || script == Katakana ? Han : script;
    }
}

/// <summary>Cuts pieces of a fixed number of characters.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PieceList pieces)
    {
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            (int start, int count) = (piece.Start, 0);
            for (int at = piece.Start; at < piece.End; at++)
            {
                if ((text[at] & 0xC0) == 0x80 || count++ < length) continue;
                pieces.Keep(piece, start, at);
                (start, count) = (at, 1);
            }

            pieces.Keep(piece, start, piece.End);
        }

        pieces.EndCut();
    }
}
