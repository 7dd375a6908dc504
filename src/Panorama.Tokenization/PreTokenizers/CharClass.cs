using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>The character classes that the patterns tell apart; flags, so that a set of classes is a mask.</summary>
[Flags]
internal enum CharClass : byte
{
    None = 0,
    Letter = 1,
    Number = 2,
    Blank = 4,
    LineEnd = 8,
    Other = 16,
    Space = Blank | LineEnd,
}

/// <summary>Classifies UTF-8: <c>\p{L}</c>, <c>\p{N}</c>, <c>[\r\n]</c>, the rest of <c>\s</c>, and all others.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] Plane0 = MakePlane0();

    /// <summary>
    /// The class of the character at <paramref name="at"/> and its length in bytes. Bytes that are no UTF-8 are of class
    /// <see cref="CharClass.Other"/>, as the replacement character is that a lossy decoder would put there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass Read(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte first = text[at];
        if (first >= 0x80) return ReadMultiByte(text, at, out length);
        length = 1;
        return Plane0[first];
    }

    /// <summary>The end of the run of characters whose class is in <paramref name="set"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RunEnd(ReadOnlySpan<byte> text, int at, CharClass set)
    {
        while (at < text.Length && (Read(text, at, out int length) & set) != CharClass.None) at += length;
        return at;
    }

    private static CharClass ReadMultiByte(ReadOnlySpan<byte> text, int at, out int length)
    {
        Rune.DecodeFromUtf8(text[at..], out Rune rune, out length); // invalid bytes: U+FFFD and the bytes it replaces
        return rune.IsBmp ? Plane0[rune.Value] : Classify(Rune.GetUnicodeCategory(rune), isSpace: false);
    }

    private static CharClass[] MakePlane0()
    {
        var classes = new CharClass[0x10000];
        for (int c = 0; c < classes.Length; c++)
            classes[c] = Classify(CharUnicodeInfo.GetUnicodeCategory((char)c), char.IsWhiteSpace((char)c));
        classes['\r'] = classes['\n'] = CharClass.LineEnd;
        return classes;
    }

    private static CharClass Classify(UnicodeCategory category, bool isSpace) => category switch
    {
        _ when isSpace => CharClass.Blank,
        <= UnicodeCategory.OtherLetter => CharClass.Letter,
        >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => CharClass.Number,
        _ => CharClass.Other,
    };
}
