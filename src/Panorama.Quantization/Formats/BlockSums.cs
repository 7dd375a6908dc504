using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Panorama.Quantization.Formats;

/// <summary>Sums over 16 lanes in one fixed order, so that quantizing gives the same bits on every machine.</summary>
internal static class BlockSums
{
    /// <summary>Values of a vector: block lengths are multiples of it.</summary>
    public const int Lanes = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> v)
    {
        Vector256<float> eight = v.GetLower() + v.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(Vector512<float> v)
    {
        Vector256<float> eight = Vector256.Min(v.GetLower(), v.GetUpper());
        Vector128<float> four = Vector128.Min(eight.GetLower(), eight.GetUpper());
        return Math.Min(Math.Min(four[0], four[2]), Math.Min(four[1], four[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(Vector512<float> v) => -Minimum(-v);

    /// <summary>The nearest codes, ties to even, within the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Codes(Vector512<float> scaled, float low, float high) =>
        Vector512.Min(Vector512.Max(Vector512.Round(scaled), Vector512.Create(low)), Vector512.Create(high));

    /// <summary>1 / scale; 0 for 0 and for scales whose reciprocal overflows.</summary>
    public static float Inverse(float scale)
    {
        float inverse = 1 / scale;
        return float.IsFinite(inverse) ? inverse : 0;
    }
}
