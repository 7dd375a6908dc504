using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Panorama.Quantization.Formats;

/// <summary>
/// The scale d and the minimum m that make Σ(x − d·q − m)² small, where q = round((x − m) / d) within [0, top]. For fixed
/// codes d and m are the line of least squares through the points (q, x); candidates stretch and squeeze the range of the
/// values, each is fitted to its codes, and the one of the least error wins.
/// </summary>
internal static class AffineFit
{
    /// <summary>The least and the greatest value.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    public static (float Least, float Greatest) Range(ReadOnlySpan<float> values)
    {
        Vector512<float> low = Vector512.Create(values), high = low;
        for (int i = BlockSums.Lanes; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512<float> x = Vector512.Create(values[i..]);
            low = Vector512.Min(low, x);
            high = Vector512.Max(high, x);
        }

        return (BlockSums.Minimum(low), BlockSums.Maximum(high));
    }

    /// <summary>The best scale and minimum found.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    /// <param name="top">The greatest code.</param>
    /// <param name="noPositiveMinimum">Whether the minimum must not be above 0.</param>
    public static (float Scale, float Minimum) Line(ReadOnlySpan<float> values, int top, bool noPositiveMinimum)
    {
        (float least, float greatest) = Range(values);
        if (noPositiveMinimum)
        {
            least = Math.Min(least, 0);
        }

        // In parts, as the difference of two large numbers may overflow.
        float plain = (greatest / top) - (least / top);
        if (BlockSums.Inverse(plain) == 0)
        {
            return (0, least);
        }

        const int Steps = 5;
        var best = new Candidate(float.PositiveInfinity, plain, least);
        for (int step = -Steps; step <= Steps; step++)
        {
            // As if the range had up to two codes more or less: both ends are clipped, or codes are left unused.
            float scale = plain * top / (top + (step * 2f / Steps));
            best = Better(values, scale, least + ((plain - scale) * top / 2), top, noPositiveMinimum, best);
            best = Better(values, scale, least, top, noPositiveMinimum, best);
        }

        best = Better(values, best.Scale, best.Minimum, top, noPositiveMinimum, best);
        best = Better(values, best.Scale, best.Minimum, top, noPositiveMinimum, best);
        return (best.Scale, best.Minimum);
    }

    /// <summary>Σ(x − d·q − m)² with the nearest codes.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    /// <param name="scale">d.</param>
    /// <param name="minimum">m.</param>
    /// <param name="top">The greatest code.</param>
    public static float Error(ReadOnlySpan<float> values, float scale, float minimum, int top)
    {
        float inverse = BlockSums.Inverse(scale);
        Vector512<float> sum = Vector512<float>.Zero, m = Vector512.Create(minimum);
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512<float> x = Vector512.Create(values[i..]) - m;
            Vector512<float> off = x - (BlockSums.Codes(x * inverse, 0, top) * scale);
            sum += off * off;
        }

        return BlockSums.Sum(sum);
    }

    /// <summary>The nearest codes.</summary>
    /// <param name="values">A multiple of 16 values.</param>
    /// <param name="scale">d.</param>
    /// <param name="minimum">m.</param>
    /// <param name="top">The greatest code.</param>
    /// <param name="codes">Receives the codes.</param>
    public static void Codes(ReadOnlySpan<float> values, float scale, float minimum, int top, Span<int> codes)
    {
        float inverse = BlockSums.Inverse(scale);
        Vector512<float> m = Vector512.Create(minimum);
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            Vector512.ConvertToInt32(BlockSums.Codes((Vector512.Create(values[i..]) - m) * inverse, 0, top)).CopyTo(codes[i..]);
        }
    }

    // Fits a line to the codes of a candidate; the error of least squares follows from the same sums.
    private static Candidate Better(ReadOnlySpan<float> values, float scale, float minimum, int top, bool noPositiveMinimum, Candidate best)
    {
        minimum = noPositiveMinimum ? Math.Min(minimum, 0) : minimum;
        float inverse = BlockSums.Inverse(scale);
        Vector512<float> sumX = Vector512<float>.Zero, sumQ = sumX, sumXX = sumX, sumXQ = sumX, sumQQ = sumX, m = Vector512.Create(minimum);
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            // Relative to the minimum, which keeps the digits of values that lie close together.
            Vector512<float> x = Vector512.Create(values[i..]) - m;
            Vector512<float> q = BlockSums.Codes(x * inverse, 0, top);
            sumX += x;
            sumQ += q;
            sumXX += x * x;
            sumXQ += x * q;
            sumQQ += q * q;
        }

        float n = values.Length;
        (float sx, float sq, float sxx, float sxq, float sqq) = (BlockSums.Sum(sumX), BlockSums.Sum(sumQ), BlockSums.Sum(sumXX), BlockSums.Sum(sumXQ), BlockSums.Sum(sumQQ));
        float determinant = (n * sqq) - (sq * sq);
        if (!(determinant > 0))
        {
            return best;
        }

        float fitted = ((n * sxq) - (sx * sq)) / determinant;
        float shift = (sx - (fitted * sq)) / n;
        float error = sxx - (shift * sx) - (fitted * sxq);
        if (noPositiveMinimum && minimum + shift > 0)
        {
            // The line through the origin: the sums move by the minimum.
            shift = -minimum;
            float origin = sxq - (shift * sq);
            fitted = origin / sqq;
            error = sxx - (2 * shift * sx) + (n * shift * shift) - (fitted * origin);
        }

        return error < best.Error ? new Candidate(error, fitted, minimum + shift) : best;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Candidate(float Error, float Scale, float Minimum);
}
