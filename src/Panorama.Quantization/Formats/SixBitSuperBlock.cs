using System.Runtime.InteropServices;

namespace Panorama.Quantization.Formats;

/// <summary>
/// Q6_K: 128 bytes of the lower four bits, 64 bytes of the upper two, 16 signed scales s, half d; value = d·s·(q − 32).
/// Each half of 128 values is four runs of 32. Run r has its lower bits in bytes (r mod 2)·32 … of the half's 64, low
/// halves for r below 2, and its upper bits at bit 2r of the half's 32 bytes. A scale serves 16 values.
/// </summary>
internal readonly struct SixBitSuperBlock : IBlockFormat
{
    private const int UpperAt = 128, ScalesAt = 192, ScaleAt = 208, Offset = 32;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = HalfBytes.Read(block[ScaleAt..]);
        ReadOnlySpan<sbyte> scales = MemoryMarshal.Cast<byte, sbyte>(block.Slice(ScalesAt, 16));
        for (int run = 0; run < 8; run++)
        {
            (int half, int r) = (run / 4, run % 4);
            ReadOnlySpan<byte> lower = block.Slice((half * 64) + (r % 2 * 32), 32);
            ReadOnlySpan<byte> upper = block.Slice(UpperAt + (half * 32), 32);
            Span<float> part = values.Slice(run * 32, 32);
            (float first, float second) = (d * scales[2 * run], d * scales[(2 * run) + 1]);
            for (int i = 0; i < 32; i++)
            {
                int code = ((lower[i] >> (r / 2 * 4)) & 15) | (((upper[i] >> (2 * r)) & 3) << 4);
                part[i] = (i < 16 ? first : second) * (code - Offset);
            }
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        SymmetricSuperBlock fit = SymmetricSuperBlock.Fit(values);
        block.Clear();
        fit.WriteScales(block[ScalesAt..]);
        Span<int> codes = stackalloc int[16];
        for (int part = 0; part < SymmetricSuperBlock.Parts; part++)
        {
            fit.Codes(part, codes);
            (int half, int r, int at) = (part / 8, part / 2 % 4, part % 2 * 16);
            Span<byte> lower = block.Slice((half * 64) + (r % 2 * 32) + at, 16);
            Span<byte> upper = block.Slice(UpperAt + (half * 32) + at, 16);
            for (int i = 0; i < 16; i++)
            {
                int code = codes[i] + Offset;
                lower[i] |= (byte)((code & 15) << (r / 2 * 4));
                upper[i] |= (byte)((code >> 4) << (2 * r));
            }
        }
    }
}
