using System.Runtime.InteropServices;

namespace Panorama.Core.Safetensors;

/// <summary>Conversion between stored floating-point elements and singles.</summary>
public static class SingleConversion
{
    /// <summary>Whether a type converts: F64, F32, F16, BF16.</summary>
    /// <param name="type">The element type.</param>
    public static bool Supports(DType type) => type is DType.F64 or DType.F32 or DType.F16 or DType.BF16;

    /// <summary>Reads stored elements as singles; F64 rounds to nearest even.</summary>
    /// <param name="type">A type that <see cref="Supports"/>.</param>
    /// <param name="source">The elements, little endian.</param>
    /// <param name="destination">One element each.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the type does not convert.</exception>
    public static void ToSingle(DType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        RequireLength(type, source.Length, destination.Length);
        switch (type)
        {
            case DType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case DType.BF16:
                ReadOnlySpan<ushort> upperHalves = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)upperHalves[i] << 16);
                }

                break;
            case DType.F16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(source);
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)halves[i];
                }

                break;
            case DType.F64:
                ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(source);
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)doubles[i];
                }

                break;
            default:
                throw new ArgumentException($"{type} does not convert to singles", nameof(type));
        }
    }

    /// <summary>Stores singles as elements of a type, rounding to nearest even.</summary>
    /// <param name="type">A type that <see cref="Supports"/>.</param>
    /// <param name="source">The values.</param>
    /// <param name="destination">Their bytes, little endian.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the type does not convert.</exception>
    public static void FromSingle(DType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        RequireLength(type, destination.Length, source.Length);
        switch (type)
        {
            case DType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case DType.BF16:
                Span<ushort> upperHalves = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++)
                {
                    upperHalves[i] = ToBFloat16(source[i]);
                }

                break;
            case DType.F16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
                for (int i = 0; i < source.Length; i++)
                {
                    halves[i] = (Half)source[i];
                }

                break;
            case DType.F64:
                Span<double> doubles = MemoryMarshal.Cast<byte, double>(destination);
                for (int i = 0; i < source.Length; i++)
                {
                    doubles[i] = source[i];
                }

                break;
            default:
                throw new ArgumentException($"singles do not convert to {type}", nameof(type));
        }
    }

    // The carry of the rounding may run into the exponent, up to infinity; NaN must not be rounded to it.
    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static void RequireLength(DType type, int bytes, int elements)
    {
        if (bytes != (long)elements * type.Size())
        {
            throw new ArgumentException($"{elements} elements of {type} do not take {bytes} bytes", nameof(bytes));
        }
    }
}
