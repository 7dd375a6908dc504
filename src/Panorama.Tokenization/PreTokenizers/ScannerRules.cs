using System.Runtime.CompilerServices;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>The alternatives that the patterns share, in the order in which a regular expression would try them.</summary>
internal static class ScannerRules
{
    /// <summary>The pattern of Llama 3 and, with one digit at a time, of Qwen 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ModernWordEnd(ReadOnlySpan<byte> text, int start, int maxDigits)
    {
        if (text[start] == '\'' && Contraction(text, start, ignoreCase: true) is > 0 and var contraction) return start + contraction;

        CharClass kind = CharClasses.Read(text, start, out int length);
        int at = start + length;
        if (kind == CharClass.Letter) return CharClasses.RunEnd(text, at, CharClass.Letter);
        if (kind == CharClass.Number) return DigitsEnd(text, at, maxDigits - 1);

        // [^\r\n\p{L}\p{N}]?\p{L}+
        CharClass next = at < text.Length ? CharClasses.Read(text, at, out int nextLength) : CharClass.None;
        if (kind != CharClass.LineEnd && next == CharClass.Letter) return CharClasses.RunEnd(text, at, CharClass.Letter);

        // " ?[^\s\p{L}\p{N}]+[\r\n]*"
        if (kind == CharClass.Other || (text[start] == ' ' && next == CharClass.Other))
            return CharClasses.RunEnd(text, CharClasses.RunEnd(text, at, CharClass.Other), CharClass.LineEnd);

        return SpaceEnd(text, start, closeAtLineEnd: true);
    }

    /// <summary>The length of <c>'s|'t|'re|'ve|'m|'ll|'d</c> at <paramref name="at"/>, or 0.</summary>
    public static int Contraction(ReadOnlySpan<byte> text, int at, bool ignoreCase)
    {
        int fold = ignoreCase ? 0x20 : 0;
        if (at + 1 >= text.Length) return 0;
        int first = text[at + 1] | fold;
        if (first is 's' or 't' or 'm' or 'd') return 2;

        // Unicode case folding: U+017F (C5 BF), the long s, matches (?i:s).
        int second = at + 2 < text.Length ? text[at + 2] : 0;
        if (ignoreCase && text[at + 1] == 0xC5 && second == 0xBF) return 3;
        return (first, second | fold) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>
    /// <c>\s*[\r\n]+</c> (when <paramref name="closeAtLineEnd"/>), then <c>\s+(?!\S)</c>, then <c>\s+</c>: up to the last line
    /// end; else the whole run at the end of the text; else the run without its last character, which leads the next word.
    /// </summary>
    public static int SpaceEnd(ReadOnlySpan<byte> text, int start, bool closeAtLineEnd)
    {
        int at = start, lastStart = start, afterLineEnd = 0;
        while (at < text.Length)
        {
            CharClass kind = CharClasses.Read(text, at, out int length);
            if ((kind & CharClass.Space) == CharClass.None) break;
            lastStart = at;
            at += length;
            if (kind == CharClass.LineEnd) afterLineEnd = at;
        }

        if (closeAtLineEnd && afterLineEnd > 0) return afterLineEnd;
        return at == text.Length || lastStart == start ? at : lastStart;
    }

    private static int DigitsEnd(ReadOnlySpan<byte> text, int at, int more)
    {
        while (more-- > 0 && at < text.Length && CharClasses.Read(text, at, out int length) == CharClass.Number) at += length;
        return at;
    }
}
