using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Panorama.Core;
using Panorama.Core.Safetensors;

namespace Panorama.Quantization.Formats;

/// <summary>The formats that store each number alone.</summary>
internal static class PlainFormats
{
    public static void ReadF32(ReadOnlySpan<byte> blocks, Span<float> values) => SingleConversion.ToSingle(DType.F32, blocks, values);

    public static void ReadBF16(ReadOnlySpan<byte> blocks, Span<float> values) => SingleConversion.ToSingle(DType.BF16, blocks, values);

    public static void ReadF16(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(blocks);
        int i = 0;
        for (; i <= values.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var sixteen = Vector256.Create(halves[i..]);
            ToSingles(Vector512.Create(Vector256.WidenLower(sixteen), Vector256.WidenUpper(sixteen))).CopyTo(values[i..]);
        }

        SingleConversion.ToSingle(DType.F16, blocks[(2 * i)..], values[i..]);
    }

    public static void WriteF32(ReadOnlySpan<float> values, Span<byte> blocks) => SingleConversion.FromSingle(DType.F32, values, blocks);

    public static void WriteF16(ReadOnlySpan<float> values, Span<byte> blocks) => SingleConversion.FromSingle(DType.F16, values, blocks);

    public static void WriteBF16(ReadOnlySpan<float> values, Span<byte> blocks) => SingleConversion.FromSingle(DType.BF16, values, blocks);

    // Exponent and fraction move to where a single has them; the bias of 127 instead of 15 is a factor of 2^112, which
    // makes normal numbers of subnormal ones too. The exponent of infinity and NaN becomes all ones.
    private static Vector512<float> ToSingles(Vector512<uint> halves)
    {
        Vector512<uint> magnitude = (halves & Vector512.Create(0x7FFFu)) << 13;
        Vector512<uint> special = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7C00u << 13)) & Vector512.Create(0x7F80_0000u);
        Vector512<float> scaled = magnitude.AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle((127u + 112) << 23));
        return (scaled.AsUInt32() | special | ((halves & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }
}
