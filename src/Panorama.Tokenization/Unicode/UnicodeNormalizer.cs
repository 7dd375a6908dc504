using System.Runtime.InteropServices;
using System.Text;

namespace Panorama.Tokenization.Unicode;

/// <summary>
/// The four Unicode normalization forms (Unicode Standard, section 3.11 and annex 15). The runtime's own normalization does
/// nothing in invariant globalization mode, which this project uses to need no ICU.
/// </summary>
public static class UnicodeNormalizer
{
    // Below these every character is its own normal form.
    private const char FirstComposed = '\u0300', FirstDecomposed = '\u00A0';

    // Unicode Standard, section 3.12: Hangul syllables are composed by arithmetic.
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28;
    private const int SCount = LCount * VCount * TCount;

    /// <summary>Normalizes a text; returns the same object when nothing has to change.</summary>
    /// <param name="text">Any text; half surrogate pairs stay as they are.</param>
    /// <param name="form">The form.</param>
    public static string Normalize(string text, NormalizationForm form)
    {
        bool compose = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        bool compatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        if (!MayChange(text, compose, compatible)) return text;

        List<(int Scalar, byte Class)> scalars = new(text.Length);
        foreach (int scalar in Scalars(text)) Decompose(scalar, compatible, scalars);
        Reorder(CollectionsMarshal.AsSpan(scalars));
        int length = compose ? Compose(CollectionsMarshal.AsSpan(scalars)) : scalars.Count;

        var normal = new StringBuilder(text.Length);
        foreach ((int scalar, _) in CollectionsMarshal.AsSpan(scalars)[..length])
        {
            if (scalar > char.MaxValue) normal.Append(new Rune(scalar).ToString());
            else normal.Append((char)scalar);
        }

        string result = normal.ToString();
        return string.Equals(result, text, StringComparison.Ordinal) ? text : result;
    }

    // Code points, with half surrogate pairs as they are: a Rune could not hold them.
    private static IEnumerable<int> Scalars(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            yield return pair ? char.ConvertToUtf32(text[i], text[++i]) : text[i];
        }
    }

    private static bool MayChange(string text, bool compose, bool compatible)
    {
        char first = compose && !compatible ? FirstComposed : FirstDecomposed;
        int start = text.AsSpan().IndexOfAnyInRange(first, char.MaxValue);
        if (start < 0) return false;
        NormalizationData data = NormalizationData.Shared;
        for (int i = start; i < text.Length; i++)
        {
            int scalar = text[i];
            if (scalar < first) continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) scalar = char.ConvertToUtf32(text[i], text[++i]);
            bool composes = compose && (scalar is >= LBase and < 0x1200 || data.MayCompose(scalar));
            bool decomposes = compose
                ? compatible && data.Decomposition(scalar, compatible) is not null
                : scalar is >= SBase and < SBase + SCount || data.Class(scalar) != 0 || data.Decomposition(scalar, compatible) is not null;
            if (composes || decomposes) return true;
        }

        return false;
    }

    private static void Decompose(int scalar, bool compatible, List<(int Scalar, byte Class)> scalars)
    {
        int syllable = scalar - SBase;
        if (syllable is >= 0 and < SCount)
        {
            scalars.Add((LBase + (syllable / (VCount * TCount)), 0));
            scalars.Add((VBase + (syllable % (VCount * TCount) / TCount), 0));
            if (syllable % TCount != 0) scalars.Add((TBase + (syllable % TCount), 0));
        }
        else if (scalar >= FirstDecomposed && NormalizationData.Shared.Decomposition(scalar, compatible) is { } parts)
        {
            foreach (int part in parts) Decompose(part, compatible, scalars); // a few levels deep, by the data
        }
        else
        {
            scalars.Add((scalar, scalar < FirstComposed ? (byte)0 : NormalizationData.Shared.Class(scalar)));
        }
    }

    // Marks between two starters are sorted by class, equals left in their order. Long runs are hostile: sort them stably at once.
    private static void Reorder(Span<(int Scalar, byte Class)> scalars)
    {
        for (int i = 0; i < scalars.Length; i++)
        {
            int start = i;
            while (i < scalars.Length && scalars[i].Class != 0) i++;
            if (i - start < 2) continue;
            (int, byte)[] sorted = [.. scalars[start..i].ToArray().OrderBy(static s => s.Class)];
            sorted.CopyTo(scalars[start..]);
        }
    }

    // Joins each mark with the last starter unless one of its own class or higher stands between. Returns the new length.
    private static int Compose(Span<(int Scalar, byte Class)> scalars)
    {
        int starter = -1, length = 0, lastClass = 0;
        for (int i = 0; i < scalars.Length; i++)
        {
            (int scalar, byte mark) = scalars[i];
            bool blocked = length - 1 > starter && (lastClass == 0 || lastClass >= mark);
            if (starter >= 0 && !blocked && TryCompose(scalars[starter].Scalar, scalar, out int composite))
            {
                scalars[starter] = (composite, 0);
                continue;
            }

            if (mark == 0) starter = length;
            lastClass = mark;
            scalars[length++] = (scalar, mark);
        }

        return length;
    }

    private static bool TryCompose(int first, int second, out int composite)
    {
        int leading = first - LBase, vowel = second - VBase;
        if (leading is >= 0 and < LCount && vowel is >= 0 and < VCount)
        {
            composite = SBase + (((leading * VCount) + vowel) * TCount);
            return true;
        }

        int syllable = first - SBase, trailing = second - TBase;
        if (syllable is >= 0 and < SCount && syllable % TCount == 0 && trailing is > 0 and < TCount)
        {
            composite = first + trailing;
            return true;
        }

        return NormalizationData.Shared.TryCompose(first, second, out composite);
    }
}
