using System.Buffers.Binary;

namespace Panorama.Quantization.Formats;

/// <summary>Q5_0: scale d (half), the fifth bits (32), 16 bytes of two codes; value = d·(q − 16).</summary>
internal readonly struct FiveBitBlock : IBlockFormat
{
    private const int Offset = 16;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = HalfBytes.Read(block);
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        for (int i = 0; i < SmallBlocks.Length; i++)
        {
            values[i] = scale * (SmallBlocks.Code(block[6..], fifth, i) - Offset);
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<int> codes = stackalloc int[SmallBlocks.Length];
        HalfBytes.Write(block, SmallBlocks.Symmetric(values, Offset, codes));
        BinaryPrimitives.WriteUInt32LittleEndian(block[2..], SmallBlocks.FifthBits(codes));
        SmallBlocks.PackNibbles(codes, block[6..]);
    }
}

/// <summary>Q5_1: scale d and minimum m (halves), the fifth bits (32), 16 bytes of two codes; value = d·q + m.</summary>
internal readonly struct FiveBitMinimumBlock : IBlockFormat
{
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        (float scale, float minimum) = (HalfBytes.Read(block), HalfBytes.Read(block[2..]));
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        for (int i = 0; i < SmallBlocks.Length; i++)
        {
            values[i] = (scale * SmallBlocks.Code(block[8..], fifth, i)) + minimum;
        }
    }

    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<int> codes = stackalloc int[SmallBlocks.Length];
        (float scale, float minimum) = SmallBlocks.Affine(values, 31, codes);
        HalfBytes.Write(block, scale);
        HalfBytes.Write(block[2..], minimum);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], SmallBlocks.FifthBits(codes));
        SmallBlocks.PackNibbles(codes, block[8..]);
    }
}
