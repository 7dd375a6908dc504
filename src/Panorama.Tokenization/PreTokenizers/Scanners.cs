using System.Runtime.CompilerServices;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>A pattern as a struct operator: one encoding loop is compiled for each.</summary>
internal interface IScanner
{
    /// <summary>The end of the word that starts at <paramref name="start"/>; always greater than it.</summary>
    static abstract int WordEnd(ReadOnlySpan<byte> text, int start);
}

/// <summary><see cref="SplitPattern.Llama3"/>.</summary>
internal readonly struct Llama3Scanner : IScanner
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WordEnd(ReadOnlySpan<byte> text, int start) => ScannerRules.ModernWordEnd(text, start, maxDigits: 3);
}

/// <summary><see cref="SplitPattern.Qwen2"/>.</summary>
internal readonly struct Qwen2Scanner : IScanner
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WordEnd(ReadOnlySpan<byte> text, int start) => ScannerRules.ModernWordEnd(text, start, maxDigits: 1);
}

/// <summary><see cref="SplitPattern.Gpt2"/>.</summary>
internal readonly struct Gpt2Scanner : IScanner
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'' && ScannerRules.Contraction(text, start, ignoreCase: false) is > 0 and var contraction) return start + contraction;

        CharClass kind = CharClasses.Read(text, start, out int length);
        if (text[start] == ' ' && start + 1 < text.Length)
        {
            CharClass next = CharClasses.Read(text, start + 1, out int nextLength);
            if ((next & CharClass.Space) == CharClass.None) return CharClasses.RunEnd(text, start + 1 + nextLength, next);
        }

        return (kind & CharClass.Space) == CharClass.None
            ? CharClasses.RunEnd(text, start + length, kind)
            : ScannerRules.SpaceEnd(text, start, closeAtLineEnd: false);
    }
}

/// <summary><see cref="SplitPattern.Gpt4o"/>.</summary>
internal readonly struct Gpt4oScanner : IScanner
{
    private const CharKind Head = CharKind.Upper | CharKind.Uncased | CharKind.Mark; // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
    private const CharKind Tail = CharKind.Lower | CharKind.Uncased | CharKind.Mark; // [\p{Ll}\p{Lm}\p{Lo}\p{M}]

    public static int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        CharKind kind = CharKinds.Read(text, start, out int length);
        if (kind == CharKind.Number) return CharKinds.RunEnd(text, start + length, CharKind.Number, most: 2);
        int next = start + length;
        bool mayLead = (kind & (CharKind.Letter | CharKind.LineEnd)) == CharKind.None;

        // The two word alternatives, each with a leading character first.
        int end = mayLead ? Lowered(text, next) : 0;
        if (end == 0) end = Lowered(text, start);
        if (end == 0 && mayLead) end = Capitals(text, next);
        if (end == 0) end = Capitals(text, start);
        if (end > 0) return end < text.Length && text[end] == '\'' ? end + ScannerRules.Contraction(text, end, ignoreCase: true) : end;

        if (text[start] == ' ' && next < text.Length && (CharKinds.Read(text, next, out int nextLength) & CharKind.Symbols) != CharKind.None) return SymbolsEnd(text, next + nextLength);
        return (kind & CharKind.Symbols) != CharKind.None ? SymbolsEnd(text, next) : ScannerRules.SpaceEnd(text, start, closeAtLineEnd: true);
    }

    // [Head]*[Tail]+: when nothing of small letters follows, the run ends after its last character that is in both sets.
    private static int Lowered(ReadOnlySpan<byte> text, int at)
    {
        int lastInBoth = 0;
        while (at < text.Length && CharKinds.Read(text, at, out int length) is var kind && (kind & Head) != CharKind.None)
        {
            at += length;
            if (kind != CharKind.Upper) lastInBoth = at;
        }

        return at < text.Length && CharKinds.Read(text, at, out _) == CharKind.Lower ? CharKinds.RunEnd(text, at, Tail) : lastInBoth;
    }

    // [Head]+[Tail]* where the alternative above has failed: capitals only.
    private static int Capitals(ReadOnlySpan<byte> text, int at)
    {
        int end = CharKinds.RunEnd(text, at, CharKind.Upper);
        return end > at ? end : 0;
    }

    private static int SymbolsEnd(ReadOnlySpan<byte> text, int at)
    {
        at = CharKinds.RunEnd(text, at, CharKind.Symbols);
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n' or (byte)'/') at++;
        return at;
    }
}

/// <summary>
/// <see cref="SplitPattern.DeepSeekV3"/>: its three steps at once. Numbers and Chinese are words of their own and end whatever is
/// before them as the end of the text does.
/// </summary>
internal readonly struct DeepSeekScanner : IScanner
{
    public static int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        CharKind kind = Read(text, start, out int length);
        if (kind == CharKind.Number) return CharKinds.RunEnd(text, start + length, CharKind.Number, most: 2);
        int at = start;
        if (kind == CharKind.Han)
        {
            while (at < text.Length && Read(text, at, out length) == CharKind.Han) at += length;
            return at;
        }

        // Characters that begin no match are kept together.
        while (at < text.Length && Read(text, at, out length) is not (CharKind.Number or CharKind.Han))
        {
            int end = Match(text, at);
            if (end > 0) return at == start ? end : at;
            at += length;
        }

        return at;
    }

    private static int Match(ReadOnlySpan<byte> text, int start)
    {
        CharKind kind = Read(text, start, out int length);
        int at = start + length;
        if (char.IsAsciiLetter((char)(at < text.Length ? text[at] : 0)) && text[start] < 0x80 && (kind & (CharKind.Punctuation | CharKind.Symbol)) != CharKind.None)
        {
            while (at < text.Length && char.IsAsciiLetter((char)text[at])) at++;
            return at;
        }

        CharKind next = at < text.Length ? Read(text, at, out _) : CharKind.None;
        bool mayLead = (kind & (CharKind.Letter | CharKind.LineEnd | CharKind.Punctuation | CharKind.Symbol)) == CharKind.None;
        if (mayLead && (next & (CharKind.Letter | CharKind.Mark)) != CharKind.None) return RunEnd(text, at, CharKind.Letter | CharKind.Mark);
        if ((kind & (CharKind.Letter | CharKind.Mark)) != CharKind.None) return RunEnd(text, start, CharKind.Letter | CharKind.Mark);

        const CharKind Signs = CharKind.Punctuation | CharKind.Symbol;
        if ((kind & Signs) != CharKind.None || (text[start] == ' ' && (next & Signs) != CharKind.None)) return RunEnd(text, RunEnd(text, at, Signs), CharKind.LineEnd);
        return (kind & CharKind.Space) != CharKind.None ? SpaceEnd(text, start) : 0;
    }

    private static int SpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        int end = RunEnd(text, start, CharKind.Space);
        bool closed = end == text.Length || Read(text, end, out _) is CharKind.Number or CharKind.Han;
        return ScannerRules.SpaceEnd(closed ? text[..end] : text, start, closeAtLineEnd: true);
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int at, CharKind set)
    {
        while (at < text.Length && (Read(text, at, out int length) & set) != CharKind.None) at += length;
        return at;
    }

    private static CharKind Read(ReadOnlySpan<byte> text, int at, out int length)
    {
        CharKind kind = CharKinds.Read(text, at, out length);
        if (kind != CharKind.Uncased && kind != CharKind.Punctuation && kind != CharKind.Mark && kind != CharKind.Symbol && kind != CharKind.None) return kind;
        if (length != 3) return kind;
        int scalar = ((text[at] & 0xF) << 12) | ((text[at + 1] & 0x3F) << 6) | (text[at + 2] & 0x3F);
        return scalar is (>= 0x4E00 and <= 0x9FA5) or (>= 0x3040 and <= 0x30FF) ? CharKind.Han : kind;
    }
}
