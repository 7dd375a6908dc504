using System.Buffers;
using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Data.Hashing;

namespace Panorama.Data.Dedup;

/// <summary>What a shingle is made of.</summary>
public enum ShingleUnit
{
    /// <summary>Runs of letters and digits; a Han, Kana, Thai, Lao, Khmer or Myanmar letter is a word of its own.</summary>
    Words,

    /// <summary>Letters and digits, with one space for anything between them.</summary>
    Characters,
}

/// <summary>
/// Turns a text into the set of its shingles: overlapping n-grams of words or characters, without regard to letter case,
/// white space, or punctuation (Broder 1997, doi:10.1109/SEQUEN.1997.666900).
/// A text with fewer units than n has one shingle of all its units; one with none at all, the shingle of its raw text:
/// so every text has at least one, and short texts compare as equal or different.
/// </summary>
/// <param name="Unit">Words or characters.</param>
/// <param name="Size">Units of a shingle, 1 to 64.</param>
public sealed record Shingler(ShingleUnit Unit, int Size)
{
    /// <inheritdoc cref="Shingler" path="/param[@name='Size']"/>
    public int Size { get; init => field = Require.That(value is >= 1 and <= 64, value, "the shingle size", "1 to 64"); } = Size;

    /// <summary>64-bit hashes of the distinct shingles, ascending. Two different shingles collide with a chance of 2⁻⁶⁴.</summary>
    /// <param name="text">Any text.</param>
    public ulong[] Shingles(ReadOnlySpan<char> text)
    {
        ulong[] rented = ArrayPool<ulong>.Shared.Rent(text.Length + 1);
        try
        {
            int units = Unit == ShingleUnit.Words ? Words(text, rented) : Characters(text, rented);
            if (units == 0)
                return [HashOf(text)];
            int count = Math.Max(1, units - Size + 1), width = Math.Min(Size, units);
            for (int i = 0; i < count; i++)
            {
                ulong hash = 0;
                for (int j = 0; j < width; j++)
                    hash = SplitMix.Mix(hash ^ rented[i + j]);
                rented[i] = hash; // unit i is not needed by the shingles after it
            }

            Span<ulong> shingles = rented.AsSpan(0, count);
            shingles.Sort();
            int distinct = 1;
            for (int i = 1; i < count; i++)
            {
                if (shingles[i] != shingles[i - 1])
                    shingles[distinct++] = shingles[i];
            }

            return shingles[..distinct].ToArray();
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(rented);
        }
    }

    private static int Words(ReadOnlySpan<char> text, Span<ulong> units)
    {
        int count = 0, i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            if (!IsWordCharacter(c))
            {
                i++;
                continue;
            }

            ulong hash = 0;
            if (IsUnspaced(c))
            {
                hash = c;
                i++;
            }
            else
            {
                // FNV-1a (Fowler, Noll, Vo) over the lower-cased UTF-16 units; mixed again when shingles are formed.
                hash = 0xCBF29CE484222325;
                for (; i < text.Length && IsWordCharacter(text[i]) && !IsUnspaced(text[i]); i++)
                    hash = (hash ^ Lower(text[i])) * 0x100000001B3;
            }

            units[count++] = hash;
        }

        return count;
    }

    private static int Characters(ReadOnlySpan<char> text, Span<ulong> units)
    {
        int count = 0;
        bool gap = false;
        foreach (char c in text)
        {
            if (!IsWordCharacter(c))
            {
                gap = count > 0;
                continue;
            }

            if (gap)
                units[count++] = ' ';
            gap = false;
            units[count++] = Lower(c);
        }

        return count;
    }

    // Letters beyond the basic plane come as surrogates: each half counts as part of a word.
    private static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c)
        || (c >= 0x80 && (char.IsLetterOrDigit(c) || char.IsSurrogate(c)
            || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark));

    // Scripts written without spaces between words.
    private static bool IsUnspaced(char c) => c >= 0x0E00
        && c is (>= '\u0E00' and <= '\u0EFF') or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF')
            or (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF');

    private static char Lower(char c) => c < 0x80 ? (char)(c | (char.IsAsciiLetterUpper(c) ? 0x20 : 0)) : char.ToLowerInvariant(c);

    private static ulong HashOf(ReadOnlySpan<char> text)
    {
        ulong hash = 0;
        foreach (char c in text)
            hash = SplitMix.Mix(hash ^ c);
        return hash;
    }
}
