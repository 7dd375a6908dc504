using System.Globalization;

namespace Panorama.Inference.Constraints;

/// <summary>Emits the decimal numbers of a range, digit by digit.</summary>
/// <param name="builder">Takes the states.</param>
internal sealed class NumberRanges(GrammarBuilder builder)
{
    /// <summary>The largest magnitude of an integer.</summary>
    public const long Largest = 999_999_999_999_999_999;

    /// <summary>The integers from one to another, all of them and no others.</summary>
    /// <param name="from">Where they begin.</param>
    /// <param name="least">At least −<see cref="Largest"/>.</param>
    /// <param name="most">At least <paramref name="least"/>, at most <see cref="Largest"/>.</param>
    public int Integers(int from, long least, long most) => Scaled(from, least, most, decimals: 0, builder.Node());

    /// <summary>The numbers of a range that have exactly so many decimals; the bounds count units of the last one.</summary>
    /// <param name="from">Where they begin.</param>
    /// <param name="least">At least −<see cref="Largest"/>.</param>
    /// <param name="most">At most <see cref="Largest"/>; below <paramref name="least"/> there are none.</param>
    /// <param name="decimals">Digits behind the point.</param>
    /// <param name="end">Where they end.</param>
    public int Scaled(int from, long least, long most, int decimals, int end)
    {
        if (least < 0 && least <= most)
        {
            Magnitudes(builder.Literal(from, "-"u8), Math.Max(1, -most), -least, decimals, end);
        }

        if (most >= 0 && least <= most)
        {
            Magnitudes(from, Math.Max(0, least), most, decimals, end);
        }

        return end;
    }

    // Numbers of as many digits compare as texts do.
    private void Magnitudes(int from, long least, long most, int decimals, int end)
    {
        long first = least;
        while (first <= most)
        {
            string low = Text(first, decimals);
            long last = Math.Min(most, Last(low.Length - (decimals > 0 ? 1 : 0)));
            Between(from, low, Text(last, decimals), end);
            first = last + 1;
        }
    }

    private static long Last(int digits) => (long)Math.Pow(10, digits) is var next && digits >= 18 ? Largest : next - 1;

    private static string Text(long number, int decimals)
    {
        string digits = number.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : digits.Insert(digits.Length - decimals, ".");
    }

    private void Between(int from, ReadOnlySpan<char> low, ReadOnlySpan<char> high, int end)
    {
        if (low.IsEmpty)
        {
            builder.Empty(from, end);
        }
        else if (low[0] == high[0])
        {
            Between(builder.Bytes(from, (byte)low[0], (byte)low[0]), low[1..], high[1..], end);
        }
        else
        {
            // The lowest digit with what is at least the rest of the bound, the highest likewise, those between with anything.
            bool fromZero = low[1..].IndexOfAnyExcept('0', '.') < 0, toNine = high[1..].IndexOfAnyExcept('9', '.') < 0;
            (char first, char last) = (fromZero ? low[0] : (char)(low[0] + 1), toNine ? high[0] : (char)(high[0] - 1));
            if (!fromZero)
            {
                AtLeast(builder.Bytes(from, (byte)low[0], (byte)low[0]), low[1..], end);
            }

            if (first <= last)
            {
                Any(builder.Bytes(from, (byte)first, (byte)last), low[1..], end);
            }

            if (!toNine)
            {
                AtMost(builder.Bytes(from, (byte)high[0], (byte)high[0]), high[1..], end);
            }
        }
    }

    private void AtLeast(int from, ReadOnlySpan<char> bound, int end)
    {
        while (!bound.IsEmpty)
        {
            if (bound[0] != '.' && bound[0] < '9')
            {
                Any(builder.Bytes(from, (byte)(bound[0] + 1), (byte)'9'), bound[1..], end);
            }

            from = builder.Bytes(from, (byte)bound[0], (byte)bound[0]);
            bound = bound[1..];
        }

        builder.Empty(from, end);
    }

    private void AtMost(int from, ReadOnlySpan<char> bound, int end)
    {
        while (!bound.IsEmpty)
        {
            if (bound[0] != '.' && bound[0] > '0')
            {
                Any(builder.Bytes(from, (byte)'0', (byte)(bound[0] - 1)), bound[1..], end);
            }

            from = builder.Bytes(from, (byte)bound[0], (byte)bound[0]);
            bound = bound[1..];
        }

        builder.Empty(from, end);
    }

    private void Any(int from, ReadOnlySpan<char> shape, int end)
    {
        foreach (char c in shape)
        {
            from = c == '.' ? builder.Bytes(from, (byte)'.', (byte)'.') : builder.Bytes(from, (byte)'0', (byte)'9');
        }

        builder.Empty(from, end);
    }
}
