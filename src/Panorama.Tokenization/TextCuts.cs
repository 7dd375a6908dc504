using System.Globalization;
using System.Text;

namespace Panorama.Tokenization;

/// <summary>Finds where a long text may be cut so that the parts have the tokens of the whole.</summary>
internal static class TextCuts
{
    /// <summary>
    /// The first place at or after <paramref name="from"/> between a line feed, alone on its line's end, and a letter. Every known pattern ends
    /// a word there whatever stands around, and no letter of these blocks joins with what is before it in a composed form.
    /// </summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="from">At least 2.</param>
    /// <returns>The place, or the text's length.</returns>
    public static int Next(ReadOnlySpan<byte> text, int from)
    {
        for (int at = from; at < text.Length; at++)
        {
            if (text[at - 1] == '\n' && IsLetter(text[at..]) && !EndsInSpace(text[..(at - 1)])) return at;
        }

        return text.Length;
    }

    private static bool IsLetter(ReadOnlySpan<byte> text)
    {
        if (text[0] < 0x80) return char.IsAsciiLetter((char)text[0]);
        return Rune.DecodeFromUtf8(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && rune.Value is >= 0x4E00 and <= 0x9FFF
            && Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherLetter;
    }

    private static bool EndsInSpace(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out Rune rune, out _) != System.Buffers.OperationStatus.Done || Rune.IsWhiteSpace(rune);
}
