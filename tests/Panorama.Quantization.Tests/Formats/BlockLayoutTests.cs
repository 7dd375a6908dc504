using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Tests.Formats;

/// <summary>Blocks worked out by hand from the layouts.</summary>
public sealed class BlockLayoutTests
{
    [Fact]
    public void Plain_numbers()
    {
        Assert.Equal([1.5f, -2], Decode(TensorFormat.F32, [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0]));
        Assert.Equal([1.5f, -2, 65504], Decode(TensorFormat.F16, [0x00, 0x3E, 0x00, 0xC0, 0xFF, 0x7B]));
        Assert.Equal([1.5f, -2], Decode(TensorFormat.BF16, [0xC0, 0x3F, 0x00, 0xC0]));
    }

    [Fact]
    public void Every_half_is_the_single_of_the_runtime()
    {
        ushort[] halves = [.. Enumerable.Range(0, 65536).Select(static bits => (ushort)bits), 0x3C00, 0xFC00, 0x0001];
        float[] values = Decode(TensorFormat.F16, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray());
        for (int i = 0; i < halves.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(halves[i]);
            Assert.True(float.IsNaN(expected) ? float.IsNaN(values[i]) : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(values[i]), $"{halves[i]:X4}");
        }
    }

    [Fact]
    public void Q8_0()
    {
        byte[] block = Block(TensorFormat.Q8_0, 0.5);
        (block[2], block[3], block[33]) = (unchecked((byte)-128), 3, 127);
        float[] values = Decode(TensorFormat.Q8_0, block);
        Assert.Equal((-64, 1.5f, 0, 63.5f), (values[0], values[1], values[2], values[31]));
    }

    [Fact]
    public void Q4_0()
    {
        byte[] block = Block(TensorFormat.Q4_0, 2);
        (block[2], block[17]) = (0xF0, 0x19);
        float[] values = Decode(TensorFormat.Q4_0, block);
        Assert.Equal((-16, 14), (values[0], values[16]));
        Assert.Equal((2, -14), (values[15], values[31]));
    }

    [Fact]
    public void Q4_1()
    {
        byte[] block = Block(TensorFormat.Q4_1, 0.5, -1);
        block[5] = 0x3A;
        float[] values = Decode(TensorFormat.Q4_1, block);
        Assert.Equal((-1, 4, 0.5f), (values[0], values[1], values[17]));
    }

    [Fact]
    public void Q5_0()
    {
        byte[] block = Block(TensorFormat.Q5_0, 3);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(2), (1u << 1) | (1u << 31));
        (block[7], block[21]) = (0x51, 0x20);
        float[] values = Decode(TensorFormat.Q5_0, block);
        Assert.Equal((-48, 3, -33, 6), (values[0], values[1], values[17], values[31]));
    }

    [Fact]
    public void Q5_1()
    {
        byte[] block = Block(TensorFormat.Q5_1, 0.25, 10);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), 1u << 16);
        block[8] = 0x4F;
        float[] values = Decode(TensorFormat.Q5_1, block);
        Assert.Equal((13.75f, 15, 10), (values[0], values[16], values[31]));
    }

    [Fact]
    public void Q4_K()
    {
        byte[] block = Block(TensorFormat.Q4_K, 0.5, 2);
        WriteScales(block.AsSpan(4, 12));
        (block[16 + 7], block[16 + 64 + 31], block[16 + 96]) = (0xB9, 0xC2, 0x0E);
        float[] values = Decode(TensorFormat.Q4_K, block);
        Assert.Equal((0.5f * 33 * 9) - (2 * 5), values[7]);
        Assert.Equal((0.5f * 2 * 11) - (2 * 63), values[32 + 7]);
        Assert.Equal(0.5f * 2 * 2, values[128 + 31]);
        Assert.Equal((0.5f * 37 * 12) - (2 * 51), values[160 + 31]);
        Assert.Equal(-2 * 51, values[160 + 30]);
        Assert.Equal(0.5f * 49 * 14, values[192]);
    }

    [Fact]
    public void Q5_K()
    {
        byte[] block = Block(TensorFormat.Q5_K, 0.5, 2);
        WriteScales(block.AsSpan(4, 12));
        (block[16 + 7], block[16 + 31], block[16]) = (0b10, 0b100000, 0b1000000);
        (block[48 + 7], block[48 + 64 + 31], block[48 + 96]) = (0xB9, 0xC2, 0x0E);
        float[] values = Decode(TensorFormat.Q5_K, block);
        Assert.Equal((0.5f * 33 * 9) - (2 * 5), values[7]);
        Assert.Equal((0.5f * 2 * 27) - (2 * 63), values[32 + 7]);
        Assert.Equal((0.5f * 37 * 28) - (2 * 51), values[160 + 31]);
        Assert.Equal(0.5f * 49 * 30, values[192]);
    }

    [Fact]
    public void Q6_K()
    {
        byte[] block = new byte[TensorFormat.Q6_K.BlockBytes()];
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(208), (Half)0.5);
        for (int i = 0; i < 16; i++)
        {
            block[192 + i] = (byte)(sbyte)(i % 2 == 0 ? i + 1 : -i - 1);
        }

        // Second half: run 1, value 18 = low half of byte 64 + 32 + 18, upper bits 2–3 of byte 32 + 18.
        block[64 + 32 + 18] = 0x9C;
        block[128 + 32 + 18] = 0b01_00_10_00;
        float[] values = Decode(TensorFormat.Q6_K, block);
        Assert.Equal(0.5f * 1 * -32, values[0]);
        Assert.Equal(0.5f * -2 * -32, values[16]);
        Assert.Equal(0.5f * -12 * (0xC + 32 - 32), values[128 + 32 + 18]);
        Assert.Equal(0.5f * -16 * (9 + 16 - 32), values[128 + 96 + 18]);
        Assert.Equal(0.5f * 15 * -32, values[128 + 96 + 2]);
    }

    [Fact]
    public void Super_block_scales_pack_as_they_unpack() =>
        Gen.Select(Gen.Byte[0, 63].Array[8], Gen.Byte[0, 63].Array[8]).Sample((scales, minimums) =>
        {
            byte[] packed = new byte[12], scalesBack = new byte[8], minimumsBack = new byte[8];
            SuperBlockScales.Pack(scales, minimums, packed);
            SuperBlockScales.Unpack(packed, scalesBack, minimumsBack);
            return scales.AsSpan().SequenceEqual(scalesBack) && minimums.AsSpan().SequenceEqual(minimumsBack);
        });

    // Scales 33, 2, 0, 0, 2, 37, 49, 0; minimums 5, 63, 0, 0, 0, 51, 0, 0.
    private static void WriteScales(Span<byte> packed)
    {
        (packed[0], packed[1], packed[2]) = (33, 2 | (2 << 6), 3 << 6);
        (packed[4], packed[5]) = (5, 63 | (3 << 6));
        (packed[8], packed[9], packed[10]) = (2, 5 | (3 << 4), 1);
    }

    private static byte[] Block(TensorFormat format, params double[] halves)
    {
        byte[] block = new byte[format.BlockBytes()];
        for (int i = 0; i < halves.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(2 * i), (Half)halves[i]);
        }

        return block;
    }

    private static float[] Decode(TensorFormat format, byte[] blocks)
    {
        float[] values = new float[blocks.Length / format.BlockBytes() * format.BlockLength()];
        BlockCodec.Dequantize(format, blocks, values);
        return values;
    }
}
