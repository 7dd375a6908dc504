using System.Runtime.CompilerServices;

namespace Panorama.Quantization.Formats;

/// <summary>What the formats of 32 values with 4 or 5 bits share: the choice of scale and minimum.</summary>
internal static class SmallBlocks
{
    public const int Length = 32;

    /// <summary>Chooses the scale among the fitted and the plain one, both rounded to halves.</summary>
    /// <param name="values">32 values.</param>
    /// <param name="offset">Half the number of codes: they go from −offset to offset − 1.</param>
    /// <param name="codes">Receives the codes plus the offset.</param>
    /// <returns>The scale, a half.</returns>
    public static float Symmetric(ReadOnlySpan<float> values, int offset, Span<int> codes)
    {
        float best = HalfBytes.Round(SymmetricFit.Largest(values) / -offset);
        float fitted = HalfBytes.Round(SymmetricFit.Scale(values, -offset, offset - 1));
        if (SymmetricFit.Error(values, fitted, -offset, offset - 1) < SymmetricFit.Error(values, best, -offset, offset - 1))
        {
            best = fitted;
        }

        SymmetricFit.Codes(values, best, -offset, offset - 1, codes);
        for (int i = 0; i < Length; i++)
        {
            codes[i] += offset;
        }

        return best;
    }

    /// <summary>Chooses scale and minimum among the fitted and the plain ones, all rounded to halves.</summary>
    /// <param name="values">32 values.</param>
    /// <param name="top">The greatest code.</param>
    /// <param name="codes">Receives the codes.</param>
    /// <returns>Scale and minimum, halves.</returns>
    public static (float Scale, float Minimum) Affine(ReadOnlySpan<float> values, int top, Span<int> codes)
    {
        (float least, float greatest) = AffineFit.Range(values);
        (float Scale, float Minimum) best = (HalfBytes.Round((greatest / top) - (least / top)), HalfBytes.Round(least));
        (float scale, float minimum) = AffineFit.Line(values, top, noPositiveMinimum: false);
        (float Scale, float Minimum) fitted = (HalfBytes.Round(scale), HalfBytes.Round(minimum));
        if (AffineFit.Error(values, fitted.Scale, fitted.Minimum, top) < AffineFit.Error(values, best.Scale, best.Minimum, top))
        {
            best = fitted;
        }

        AffineFit.Codes(values, best.Scale, best.Minimum, top, codes);
        return best;
    }

    /// <summary>Values 0 to 15 lie in the low halves of 16 bytes, values 16 to 31 in the high ones.</summary>
    public static void PackNibbles(ReadOnlySpan<int> codes, Span<byte> nibbles)
    {
        for (int i = 0; i < Length / 2; i++)
        {
            nibbles[i] = (byte)((codes[i] & 15) | ((codes[i + (Length / 2)] & 15) << 4));
        }
    }

    /// <summary>The fifth bit of every code, that of value i as bit i.</summary>
    public static uint FifthBits(ReadOnlySpan<int> codes)
    {
        uint bits = 0;
        for (int i = 0; i < Length; i++)
        {
            bits |= (uint)((codes[i] >> 4) & 1) << i;
        }

        return bits;
    }

    /// <summary>Code i of nibbles and fifth bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Code(ReadOnlySpan<byte> nibbles, uint fifthBits, int i)
    {
        int nibble = i < Length / 2 ? nibbles[i] & 15 : nibbles[i - (Length / 2)] >> 4;
        return nibble | (int)(((fifthBits >> i) & 1) << 4);
    }
}
