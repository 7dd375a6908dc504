using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Panorama.Core.Numerics;

/// <summary>Elementary functions on vectors of float32, for the kernels of training and inference.</summary>
public static class VectorMath
{
    // The highest power of two is 2^127. The lowest result is far enough from the subnormal numbers that products with it stay
    // normal: processors work with subnormal ones a hundred times more slowly.
    private const float Lowest = -80, Highest = 88.37f;

    // ln 2 in two parts: the first has zeros at its end, so that n · High is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// eˣ within 2 units in the last place for −80 ≤ x ≤ 88.37, and the value at the nearer end outside; a NaN stays one.
    /// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor series to the seventh power, 2ⁿ through the exponent bits.
    /// </summary>
    /// <param name="x">Sixteen exponents.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // In this order of operands a NaN stays: the processor's minimum and maximum return the second when one is a NaN.
        x = Vector512.MinNative(Vector512.Create(Highest), Vector512.MaxNative(Vector512.Create(Lowest), x));
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

        return p * ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
    }

    /// <summary>The logistic function 1 / (1 + e^−x).</summary>
    /// <param name="x">Sixteen arguments.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>The logistic function of one number.</summary>
    /// <param name="x">The argument.</param>
    public static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));
}
