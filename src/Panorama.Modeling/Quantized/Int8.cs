using System.Runtime.Intrinsics;

namespace Panorama.Modeling.Quantized;

/// <summary>Signed 8-bit codes, scaled by the largest magnitude of a block: x ≈ code · scale, code in [-127, 127].</summary>
internal static class Int8
{
    /// <summary>Quantizes a block, rounding to the nearest.</summary>
    /// <param name="source">The elements.</param>
    /// <param name="inverse">1 / scale, or 0 for a block of zeros.</param>
    /// <param name="codes">As many codes.</param>
    public static void Pack(ReadOnlySpan<float> source, float inverse, Span<sbyte> codes)
    {
        for (int i = 0; i < source.Length; i++)
        {
            codes[i] = (sbyte)Math.Clamp(MathF.Round(source[i] * inverse), -127, 127);
        }
    }

    /// <summary>Dequantizes a block, vectorized.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="scale">Their scale.</param>
    /// <param name="target">As many elements.</param>
    public static void Unpack(ReadOnlySpan<sbyte> codes, float scale, Span<float> target)
    {
        int width = Vector512<float>.Count, body = codes.Length - (codes.Length % width);
        Vector512<float> factor = Vector512.Create(scale);
        for (int i = 0; i < body; i += width)
        {
            (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(Vector128.Create(codes.Slice(i, width)));
            (Vector256<int> first, Vector256<int> second) = Vector256.Widen(Vector256.Create(lower, upper));
            (Vector512.ConvertToSingle(Vector512.Create(first, second)) * factor).CopyTo(target[i..]);
        }

        UnpackScalar(codes[body..], scale, target[body..]);
    }

    /// <summary>The scalar twin of <see cref="Unpack"/>.</summary>
    /// <inheritdoc cref="Unpack" path="/param"/>
    public static void UnpackScalar(ReadOnlySpan<sbyte> codes, float scale, Span<float> target)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            target[i] = codes[i] * scale;
        }
    }
}
