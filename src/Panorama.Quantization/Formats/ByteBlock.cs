using System.Runtime.InteropServices;

namespace Panorama.Quantization.Formats;

/// <summary>Q8_0: scale d (half), 32 signed bytes q; value = d·q.</summary>
internal readonly struct ByteBlock : IBlockFormat
{
    private const int Length = 32, Top = 127;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = HalfBytes.Read(block);
        ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(block[2..]);
        for (int i = 0; i < Length; i++)
        {
            values[i] = scale * codes[i];
        }
    }

    // With 255 codes the range decides: a search of the scale gains nothing that rounding to a half does not lose.
    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        float scale = HalfBytes.Round(Math.Abs(SymmetricFit.Largest(values)) / Top);
        Span<int> codes = stackalloc int[Length];
        SymmetricFit.Codes(values, scale, -Top, Top, codes);
        HalfBytes.Write(block, scale);
        for (int i = 0; i < Length; i++)
        {
            block[2 + i] = (byte)codes[i];
        }
    }
}
