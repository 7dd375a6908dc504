namespace Panorama.Quantization.Formats;

/// <summary>
/// Q4_K: halves d and e, 12 bytes of scales s and minimums t, 128 bytes of two codes; value = d·s·q − e·t. 32 bytes hold
/// two parts of 32 values: the low halves the first, the high halves the second.
/// </summary>
internal readonly struct FourBitSuperBlock : IBlockFormat
{
    private const int CodesAt = 4 + SuperBlockScales.Bytes;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        Span<byte> scales = stackalloc byte[SuperBlockScales.Parts], minimums = stackalloc byte[SuperBlockScales.Parts];
        SuperBlockScales.Unpack(block[4..], scales, minimums);
        (float d, float e) = (HalfBytes.Read(block), HalfBytes.Read(block[2..]));
        for (int j = 0; j < SuperBlockScales.Parts; j++)
        {
            (float scale, float minimum) = (d * scales[j], e * minimums[j]);
            ReadOnlySpan<byte> codes = block.Slice(CodesAt + (j / 2 * 32), 32);
            Span<float> part = values.Slice(j * 32, 32);
            int shift = j % 2 * 4;
            for (int i = 0; i < 32; i++)
            {
                part[i] = (scale * ((codes[i] >> shift) & 15)) - minimum;
            }
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        AffineSuperBlock fit = AffineSuperBlock.Fit(values, 15);
        fit.WriteScales(block);
        Span<int> low = stackalloc int[32], high = stackalloc int[32];
        for (int pair = 0; pair < SuperBlockScales.Parts / 2; pair++)
        {
            fit.Codes(2 * pair, low);
            fit.Codes((2 * pair) + 1, high);
            for (int i = 0; i < 32; i++)
            {
                block[CodesAt + (32 * pair) + i] = (byte)(low[i] | (high[i] << 4));
            }
        }
    }
}

/// <summary>
/// Q5_K: as Q4_K, with 32 bytes of fifth bits between scales and codes: bit j of byte i belongs to value i of part j.
/// </summary>
internal readonly struct FiveBitSuperBlock : IBlockFormat
{
    private const int FifthAt = 4 + SuperBlockScales.Bytes, CodesAt = FifthAt + 32;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        Span<byte> scales = stackalloc byte[SuperBlockScales.Parts], minimums = stackalloc byte[SuperBlockScales.Parts];
        SuperBlockScales.Unpack(block[4..], scales, minimums);
        (float d, float e) = (HalfBytes.Read(block), HalfBytes.Read(block[2..]));
        ReadOnlySpan<byte> fifth = block.Slice(FifthAt, 32);
        for (int j = 0; j < SuperBlockScales.Parts; j++)
        {
            (float scale, float minimum) = (d * scales[j], e * minimums[j]);
            ReadOnlySpan<byte> codes = block.Slice(CodesAt + (j / 2 * 32), 32);
            Span<float> part = values.Slice(j * 32, 32);
            int shift = j % 2 * 4;
            for (int i = 0; i < 32; i++)
            {
                part[i] = (scale * (((codes[i] >> shift) & 15) | (((fifth[i] >> j) & 1) << 4))) - minimum;
            }
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        AffineSuperBlock fit = AffineSuperBlock.Fit(values, 31);
        fit.WriteScales(block);
        Span<byte> fifth = block.Slice(FifthAt, 32);
        fifth.Clear();
        Span<int> low = stackalloc int[32], high = stackalloc int[32];
        for (int pair = 0; pair < SuperBlockScales.Parts / 2; pair++)
        {
            fit.Codes(2 * pair, low);
            fit.Codes((2 * pair) + 1, high);
            for (int i = 0; i < 32; i++)
            {
                block[CodesAt + (32 * pair) + i] = (byte)((low[i] & 15) | ((high[i] & 15) << 4));
                fifth[i] |= (byte)(((low[i] >> 4) << (2 * pair)) | ((high[i] >> 4) << ((2 * pair) + 1)));
            }
        }
    }
}
