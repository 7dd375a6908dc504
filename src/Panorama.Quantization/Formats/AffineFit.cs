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

        const int Steps = 10;
        var best = new Candidate(Error(values, plain, least, top), plain, least);
        for (int step = -Steps; step <= Steps; step++)
        {
            // Up to a sixth: both ends are clipped, or codes are left unused, by up to a twelfth of the range.
            float scale = plain * (1 + (step * 0.16f / Steps));
            best = Better(values, scale, least + ((plain - scale) * top / 2), top, noPositiveMinimum, best);
            best = Better(values, scale, least, top, noPositiveMinimum, best);
        }

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

    private static Candidate Better(ReadOnlySpan<float> values, float scale, float minimum, int top, bool noPositiveMinimum, Candidate best)
    {
        (scale, minimum) = Refit(values, scale, noPositiveMinimum ? Math.Min(minimum, 0) : minimum, top, noPositiveMinimum);
        float error = Error(values, scale, minimum, top);
        return error < best.Error ? new Candidate(error, scale, minimum) : best;
    }

    private static (float Scale, float Minimum) Refit(ReadOnlySpan<float> values, float scale, float minimum, int top, bool noPositiveMinimum)
    {
        float inverse = BlockSums.Inverse(scale);
        Vector512<float> sumX = Vector512<float>.Zero, sumQ = sumX, sumXQ = sumX, sumQQ = sumX, m = Vector512.Create(minimum);
        for (int i = 0; i < values.Length; i += BlockSums.Lanes)
        {
            // Relative to the minimum, which keeps the digits of values that lie close together.
            Vector512<float> x = Vector512.Create(values[i..]) - m;
            Vector512<float> q = BlockSums.Codes(x * inverse, 0, top);
            sumX += x;
            sumQ += q;
            sumXQ += x * q;
            sumQQ += q * q;
        }

        (float sx, float sq, float sxq, float sqq) = (BlockSums.Sum(sumX), BlockSums.Sum(sumQ), BlockSums.Sum(sumXQ), BlockSums.Sum(sumQQ));
        float determinant = (values.Length * sqq) - (sq * sq);
        if (determinant <= 0)
        {
            return (scale, minimum);
        }

        float fitted = ((values.Length * sxq) - (sx * sq)) / determinant;
        float shift = (sx - (fitted * sq)) / values.Length;
        return noPositiveMinimum && minimum + shift > 0
            ? ((sxq + (minimum * sq)) / sqq, 0)
            : (fitted, minimum + shift);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Candidate(float Error, float Scale, float Minimum);
}
