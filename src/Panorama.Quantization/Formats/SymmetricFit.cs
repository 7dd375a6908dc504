using System.Runtime.Intrinsics;

namespace Panorama.Quantization.Formats;

/// <summary>
/// The scale d that makes Σ(x − d·q)² small, where q = round(x / d) within [low, high]. For fixed codes the best scale is
/// Σxq / Σq², and it lowers the error by (Σxq)² / Σq²: candidates that map the largest value near either end of the
/// range are compared by that gain, and the best one is fitted again to its own codes.
/// </summary>
internal static class SymmetricFit
{
    /// <summary>The value of the largest magnitude, with its sign; of two opposite ones the negative.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    public static float Largest(ReadOnlySpan<float> values)
    {
        Vector512<float> low = Vector512<float>.Zero, high = Vector512<float>.Zero;
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512<float> x = Vector512.Create(values[i..]);
            low = Vector512.Min(low, x);
            high = Vector512.Max(high, x);
        }

        (float least, float most) = (BlockSums.Minimum(low), BlockSums.Maximum(high));
        return -least >= most ? least : most;
    }

    /// <summary>The best scale found; 0 when all values are.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    /// <param name="low">The least code, negative.</param>
    /// <param name="high">The greatest code.</param>
    public static float Scale(ReadOnlySpan<float> values, int low, int high)
    {
        float largest = Largest(values);
        if (BlockSums.Inverse(largest) == 0)
        {
            return 0;
        }

        // Beyond a seventh to either side too much is clipped, or too many codes are left unused.
        const int Steps = 6;
        (float bestGain, float best) = (0, largest / low);
        for (int step = -Steps; step <= Steps; step++)
        {
            float stretch = 1 + (step * 0.15f / Steps);
            Try(values, largest / (low * stretch), low, high, ref best, ref bestGain);
            Try(values, largest / (high * stretch), low, high, ref best, ref bestGain);
        }

        Try(values, best, low, high, ref best, ref bestGain);
        return best;
    }

    /// <summary>Σ(x − d·q)² with the nearest codes.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    /// <param name="scale">d.</param>
    /// <param name="low">The least code.</param>
    /// <param name="high">The greatest code.</param>
    public static float Error(ReadOnlySpan<float> values, float scale, int low, int high)
    {
        float inverse = BlockSums.Inverse(scale);
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512<float> x = Vector512.Create(values[i..]);
            Vector512<float> off = x - (BlockSums.Codes(x * inverse, low, high) * scale);
            sum += off * off;
        }

        return BlockSums.Sum(sum);
    }

    /// <summary>The nearest codes.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    /// <param name="scale">d.</param>
    /// <param name="low">The least code.</param>
    /// <param name="high">The greatest code.</param>
    /// <param name="codes">Receives the codes.</param>
    public static void Codes(ReadOnlySpan<float> values, float scale, int low, int high, Span<int> codes)
    {
        float inverse = BlockSums.Inverse(scale);
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512.ConvertToInt32(BlockSums.Codes(Vector512.Create(values[i..]) * inverse, low, high)).CopyTo(codes[i..]);
        }
    }

    private static void Try(ReadOnlySpan<float> values, float candidate, int low, int high, ref float best, ref float bestGain)
    {
        float inverse = BlockSums.Inverse(candidate);
        Vector512<float> xq = Vector512<float>.Zero, qq = Vector512<float>.Zero;
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512<float> x = Vector512.Create(values[i..]);
            Vector512<float> q = BlockSums.Codes(x * inverse, low, high);
            xq += x * q;
            qq += q * q;
        }

        float squares = BlockSums.Sum(qq);
        float product = BlockSums.Sum(xq);
        float gain = squares > 0 ? product / squares * product : 0;
        if (gain > bestGain)
        {
            (best, bestGain) = (product / squares, gain);
        }
    }
}
