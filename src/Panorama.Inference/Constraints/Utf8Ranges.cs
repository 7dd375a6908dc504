namespace Panorama.Inference.Constraints;

/// <summary>
/// Cuts ranges of code points into sequences of byte ranges, each of which stands for all its combinations: how automata
/// over UTF-8 are made (Thompson's utf8 in Plan 9; the method of RE2).
/// </summary>
internal static class Utf8Ranges
{
    /// <summary>The sequences of one to four byte ranges that spell a range of scalar values.</summary>
    /// <param name="first">The first scalar value.</param>
    /// <param name="last">The last; no surrogate lies between.</param>
    public static IEnumerable<(byte First, byte Last)[]> Split(int first, int last)
    {
        // No sequence crosses a length of UTF-8.
        foreach (int limit in (int[])[0x7F, 0x7FF, 0xFFFF])
        {
            if (first <= limit && last > limit)
            {
                return Split(first, limit).Concat(Split(limit + 1, last));
            }
        }

        // Nor is a byte ranged over whose successors do not run over all their values.
        for (int bits = 6; bits <= 18 && first >= 0x80; bits += 6)
        {
            int mask = (1 << bits) - 1;
            if ((first & ~mask) == (last & ~mask))
            {
                continue;
            }

            if ((first & mask) != 0)
            {
                return Split(first, first | mask).Concat(Split((first | mask) + 1, last));
            }

            if ((last & mask) != mask)
            {
                return Split(first, (last & ~mask) - 1).Concat(Split(last & ~mask, last));
            }
        }

        Span<byte> low = stackalloc byte[4], high = stackalloc byte[4];
        int length = new System.Text.Rune(first).EncodeToUtf8(low);
        new System.Text.Rune(last).EncodeToUtf8(high);
        var sequence = new (byte, byte)[length];
        for (int i = 0; i < length; i++)
        {
            sequence[i] = (low[i], high[i]);
        }

        return [sequence];
    }
}
