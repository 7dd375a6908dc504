using System.Runtime.InteropServices;
using System.Text;

namespace Panorama.Data.Unicode;

/// <summary>
/// Unicode normalization form C (Unicode Standard, section 3.11 and annex 15). The runtime's own normalization does nothing
/// in invariant globalization mode, which this project uses to need no ICU.
/// </summary>
public static class NormalizationFormC
{
    // Below the first combining mark every character is its own normal form.
    private const char FirstThatMayChange = '\u0300';

    // Unicode Standard, section 3.12: Hangul syllables are composed by arithmetic.
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28;

    /// <summary>Normalizes a text; returns the same object when nothing has to change.</summary>
    /// <param name="text">Any text; half surrogate pairs stay as they are.</param>
    public static string Normalize(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(FirstThatMayChange, char.MaxValue) < 0 || !MayChange(text))
            return text;
        List<(int Scalar, byte Class)> scalars = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int scalar = text[i];
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                scalar = char.ConvertToUtf32(text[i], text[++i]);
            Decompose(scalar, scalars);
        }

        Reorder(CollectionsMarshal.AsSpan(scalars));
        int length = Compose(CollectionsMarshal.AsSpan(scalars));
        var normal = new StringBuilder(text.Length);
        foreach ((int scalar, _) in CollectionsMarshal.AsSpan(scalars)[..length])
        {
            if (scalar > char.MaxValue)
                normal.Append(char.ConvertFromUtf32(scalar));
            else
                normal.Append((char)scalar);
        }

        string result = normal.ToString();
        return string.Equals(result, text, StringComparison.Ordinal) ? text : result;
    }

    private static bool MayChange(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int scalar = text[i];
            if (scalar < FirstThatMayChange)
                continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                scalar = char.ConvertToUtf32(text[i], text[++i]);
            bool jamo = scalar is (>= VBase and < VBase + VCount) or (> TBase and < TBase + TCount);
            if (jamo || CanonicalData.Shared.MayChange(scalar))
                return true;
        }

        return false;
    }

    private static void Decompose(int scalar, List<(int Scalar, byte Class)> scalars)
    {
        int syllable = scalar - SBase;
        if (syllable is >= 0 and < LCount * VCount * TCount)
        {
            scalars.Add((LBase + (syllable / (VCount * TCount)), 0));
            scalars.Add((VBase + (syllable % (VCount * TCount) / TCount), 0));
            if (syllable % TCount != 0)
                scalars.Add((TBase + (syllable % TCount), 0));
        }
        else if (scalar >= 0xC0 && CanonicalData.Shared.TryDecompose(scalar, out (int First, int Second) parts))
        {
            Decompose(parts.First, scalars); // at most three deep by the data
            if (parts.Second != 0)
                Decompose(parts.Second, scalars);
        }
        else
        {
            scalars.Add((scalar, scalar < FirstThatMayChange ? (byte)0 : CanonicalData.Shared.Class(scalar)));
        }
    }

    // Marks between two starters are sorted by class, equals left in their order. Long runs are hostile: sort them stably at once.
    private static void Reorder(Span<(int Scalar, byte Class)> scalars)
    {
        for (int i = 0; i < scalars.Length; i++)
        {
            int start = i;
            while (i < scalars.Length && scalars[i].Class != 0)
                i++;
            if (i - start < 2)
                continue;
            (int, byte)[] sorted = [.. scalars[start..i].ToArray().OrderBy(s => s.Class)];
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

            if (mark == 0)
                starter = length;
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
        if (syllable is >= 0 and < LCount * VCount * TCount && syllable % TCount == 0 && trailing is > 0 and < TCount)
        {
            composite = first + trailing;
            return true;
        }

        return CanonicalData.Shared.TryCompose(first, second, out composite);
    }
}
