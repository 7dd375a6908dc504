using System.Runtime.InteropServices;

namespace Panorama.Tokenization.Training;

/// <summary>A part of a text that can be cut into words alone.</summary>
/// <param name="Text">The text.</param>
/// <param name="Start">Where the part starts.</param>
/// <param name="Length">Its length in UTF-16 units.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextPiece(string Text, int Start, int Length)
{
    /// <summary>The characters.</summary>
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);
}

/// <summary>Cuts long texts where no pattern can see the cut.</summary>
internal static class TextPieces
{
    /// <summary>Texts up to about this many UTF-16 units stay whole.</summary>
    public const int Target = 1 << 18;

    /// <summary>The pieces of a text, in order; together they are the text.</summary>
    public static IEnumerable<TextPiece> Of(string text)
    {
        int start = 0;
        while (text.Length - start > Target)
        {
            int cut = SafeCut(text, start + Target);
            yield return new TextPiece(text, start, cut - start);
            start = cut;
        }

        if (start < text.Length) yield return new TextPiece(text, start, text.Length - start);
    }

    // Between a line end after a printable ASCII character and an ASCII letter, every pattern ends a word, and a line end
    // alone at the end of a piece is the same word as inside the text.
    private static int SafeCut(string text, int from)
    {
        for (int at = from; at < text.Length; at++)
            if (text[at - 1] == '\n' && text[at - 2] is > ' ' and < '\x7F' && char.IsAsciiLetter(text[at])) return at;
        return text.Length;
    }
}
