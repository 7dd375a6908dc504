namespace Panorama.Quantization.Formats;

/// <summary>Q4_0: scale d (half), 16 bytes of two codes; value = d·(q − 8).</summary>
internal readonly struct FourBitBlock : IBlockFormat
{
    private const int Offset = 8;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = HalfBytes.Read(block);
        for (int i = 0; i < SmallBlocks.Length; i++)
        {
            values[i] = scale * (SmallBlocks.Code(block[2..], 0, i) - Offset);
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<int> codes = stackalloc int[SmallBlocks.Length];
        HalfBytes.Write(block, SmallBlocks.Symmetric(values, Offset, codes));
        SmallBlocks.PackNibbles(codes, block[2..]);
    }
}

/// <summary>Q4_1: scale d and minimum m (halves), 16 bytes of two codes; value = d·q + m.</summary>
internal readonly struct FourBitMinimumBlock : IBlockFormat
{
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        (float scale, float minimum) = (HalfBytes.Read(block), HalfBytes.Read(block[2..]));
        for (int i = 0; i < SmallBlocks.Length; i++)
        {
            values[i] = (scale * SmallBlocks.Code(block[4..], 0, i)) + minimum;
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<int> codes = stackalloc int[SmallBlocks.Length];
        (float scale, float minimum) = SmallBlocks.Affine(values, 15, codes);
        HalfBytes.Write(block, scale);
        HalfBytes.Write(block[2..], minimum);
        SmallBlocks.PackNibbles(codes, block[4..]);
    }
}
