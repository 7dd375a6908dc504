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
