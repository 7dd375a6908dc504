using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Panorama.Core.Numerics;

/// <summary>Elementary functions on vectors of float32, for the kernels of training and inference.</summary>
public static class VectorMath
{
    // Beyond these the result would leave the normal numbers.
    private const float Lowest = -87.33f, Highest = 88.72f;

    // ln 2 in two parts: the first has zeros at its end, so that n · High is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// eˣ within 2 units in the last place for −87.33 ≤ x ≤ 88.72, and the value at the nearer end outside; a NaN stays one.
    /// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor series to the seventh power, 2ⁿ through the exponent bits.
    /// </summary>
    /// <param name="x">Sixteen exponents.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(Lowest)), Vector512.Create(Highest));
        Vector512<float> n = Vector512.Round(x * 1.44269504f);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);

        Vector512<float> p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);

        // In two halves: 2ⁿ alone overflows the exponent field for n = 128.
        Vector512<int> whole = Vector512.ConvertToInt32Native(n);
        Vector512<int> half = whole >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    /// <summary>The logistic function 1 / (1 + e^−x).</summary>
    /// <param name="x">Sixteen arguments.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>The logistic function of one number.</summary>
    /// <param name="x">The argument.</param>
    public static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();
}
