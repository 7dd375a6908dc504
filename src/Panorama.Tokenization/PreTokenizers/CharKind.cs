using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>Finer classes than <see cref="CharClass"/>, for the patterns that tell capitals, marks and punctuation apart; flags.</summary>
[Flags]
internal enum CharKind : ushort
{
    None = 0,
    Upper = 1, // Lu, Lt
    Lower = 2, // Ll
    Uncased = 4, // Lm, Lo
    Mark = 8, // M
    Number = 16,
    Blank = 32,
    LineEnd = 64,
    Punctuation = 128, // P
    Symbol = 256, // S
    Other = 512, // the rest
    Han = 1024, // given by a scanner only
    Letter = Upper | Lower | Uncased,
    Space = Blank | LineEnd,

    /// <summary><c>[^\s\p{L}\p{N}]</c>.</summary>
    Symbols = Mark | Punctuation | Symbol | Other,
}

/// <summary>Classifies UTF-8 by <see cref="CharKind"/>.</summary>
internal static class CharKinds
{
    private static readonly CharKind[] Plane0 = MakePlane0();

    /// <summary>The kind of the character at a place and its length; bytes that are no UTF-8 are of kind Symbol, as U+FFFD is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharKind Read(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte first = text[at];
        if (first >= 0x80) return ReadMultiByte(text, at, out length);
        length = 1;
        return Plane0[first];
    }

    /// <summary>The end of the run of characters of the kinds given, at most so many.</summary>
    public static int RunEnd(ReadOnlySpan<byte> text, int at, CharKind set, int most = int.MaxValue)
    {
        while (most-- > 0 && at < text.Length && (Read(text, at, out int length) & set) != CharKind.None) at += length;
        return at;
    }

    private static CharKind ReadMultiByte(ReadOnlySpan<byte> text, int at, out int length)
    {
        Rune.DecodeFromUtf8(text[at..], out Rune rune, out length);
        return rune.IsBmp ? Plane0[rune.Value] : Classify(Rune.GetUnicodeCategory(rune), isSpace: false);
    }

    private static CharKind[] MakePlane0()
    {
        var kinds = new CharKind[0x10000];
        for (int c = 0; c < kinds.Length; c++) kinds[c] = Classify(CharUnicodeInfo.GetUnicodeCategory((char)c), char.IsWhiteSpace((char)c));
        kinds['\r'] = kinds['\n'] = CharKind.LineEnd;
        return kinds;
    }

    private static CharKind Classify(UnicodeCategory category, bool isSpace) => category switch
    {
        _ when isSpace => CharKind.Blank,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharKind.Upper,
        UnicodeCategory.LowercaseLetter => CharKind.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharKind.Uncased,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharKind.Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharKind.Number,
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => CharKind.Punctuation,
        UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol => CharKind.Symbol,
        _ => CharKind.Other,
    };
}
