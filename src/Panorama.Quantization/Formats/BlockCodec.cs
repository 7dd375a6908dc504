using System.Globalization;

namespace Panorama.Quantization.Formats;

/// <summary>
/// Conversion between floats and the blocks of every <see cref="TensorFormat"/>. Quantizing searches, for each block, the
/// scale (and minimum) of least squared error over several candidates; the result is never worse than plain rounding
/// with the range of the block, and is the same on every machine.
/// </summary>
public static class BlockCodec
{
    /// <summary>Reads blocks as floats.</summary>
    /// <param name="format">How the numbers are stored.</param>
    /// <param name="blocks">Whole blocks, little endian.</param>
    /// <param name="values">Receives the values: as many as the blocks hold.</param>
    /// <exception cref="ArgumentException">The lengths do not belong together.</exception>
    public static void Dequantize(TensorFormat format, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        RequireLengths(format, values.Length, blocks.Length);
        switch (format)
        {
            case TensorFormat.F32:
                PlainFormats.ReadF32(blocks, values);
                break;
            case TensorFormat.F16:
                PlainFormats.ReadF16(blocks, values);
                break;
            case TensorFormat.BF16:
                PlainFormats.ReadBF16(blocks, values);
                break;
            case TensorFormat.Q8_0:
                Decode<ByteBlock>(format, blocks, values);
                break;
            case TensorFormat.Q4_0:
                Decode<FourBitBlock>(format, blocks, values);
                break;
            case TensorFormat.Q4_1:
                Decode<FourBitMinimumBlock>(format, blocks, values);
                break;
            case TensorFormat.Q5_0:
                Decode<FiveBitBlock>(format, blocks, values);
                break;
            case TensorFormat.Q5_1:
                Decode<FiveBitMinimumBlock>(format, blocks, values);
                break;
            case TensorFormat.Q4_K:
                Decode<FourBitSuperBlock>(format, blocks, values);
                break;
            case TensorFormat.Q5_K:
                Decode<FiveBitSuperBlock>(format, blocks, values);
                break;
            case TensorFormat.Q6_K:
                Decode<SixBitSuperBlock>(format, blocks, values);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "unknown format");
        }
    }

    /// <summary>
    /// Stores floats as blocks. F16 and BF16 round to nearest even; beyond its range F16 becomes infinite, and the
    /// scales of the block formats stop at the largest half.
    /// </summary>
    /// <param name="format">How the numbers are to be stored.</param>
    /// <param name="values">A whole number of blocks. The block formats need finite values; what others give is unspecified.</param>
    /// <param name="blocks">Receives the blocks.</param>
    /// <exception cref="ArgumentException">The lengths do not belong together.</exception>
    public static void Quantize(TensorFormat format, ReadOnlySpan<float> values, Span<byte> blocks)
    {
        RequireLengths(format, values.Length, blocks.Length);
        switch (format)
        {
            case TensorFormat.F32:
                PlainFormats.WriteF32(values, blocks);
                break;
            case TensorFormat.F16:
                PlainFormats.WriteF16(values, blocks);
                break;
            case TensorFormat.BF16:
                PlainFormats.WriteBF16(values, blocks);
                break;
            case TensorFormat.Q8_0:
                Encode<ByteBlock>(format, values, blocks);
                break;
            case TensorFormat.Q4_0:
                Encode<FourBitBlock>(format, values, blocks);
                break;
            case TensorFormat.Q4_1:
                Encode<FourBitMinimumBlock>(format, values, blocks);
                break;
            case TensorFormat.Q5_0:
                Encode<FiveBitBlock>(format, values, blocks);
                break;
            case TensorFormat.Q5_1:
                Encode<FiveBitMinimumBlock>(format, values, blocks);
                break;
            case TensorFormat.Q4_K:
                Encode<FourBitSuperBlock>(format, values, blocks);
                break;
            case TensorFormat.Q5_K:
                Encode<FiveBitSuperBlock>(format, values, blocks);
                break;
            case TensorFormat.Q6_K:
                Encode<SixBitSuperBlock>(format, values, blocks);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "unknown format");
        }
    }

    private static void Decode<TFormat>(TensorFormat format, ReadOnlySpan<byte> blocks, Span<float> values)
        where TFormat : struct, IBlockFormat
    {
        (int length, int bytes) = (format.BlockLength(), format.BlockBytes());
        for (; values.Length > 0; values = values[length..], blocks = blocks[bytes..])
        {
            TFormat.Decode(blocks[..bytes], values[..length]);
        }
    }

    private static void Encode<TFormat>(TensorFormat format, ReadOnlySpan<float> values, Span<byte> blocks)
        where TFormat : struct, IBlockFormat
    {
        (int length, int bytes) = (format.BlockLength(), format.BlockBytes());
        for (; values.Length > 0; values = values[length..], blocks = blocks[bytes..])
        {
            TFormat.Encode(values[..length], blocks[..bytes]);
        }
    }

    private static void RequireLengths(TensorFormat format, int values, int bytes)
    {
        long needed = format.RowBytes(values);
        if (needed != bytes)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{values} values of {format} take {needed} bytes, not {bytes}"), nameof(bytes));
        }
    }
}
