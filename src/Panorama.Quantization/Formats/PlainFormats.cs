using Panorama.Core;
using Panorama.Core.Safetensors;

namespace Panorama.Quantization.Formats;

/// <summary>The formats that store each number alone.</summary>
internal static class PlainFormats
{
    public static void ReadF32(ReadOnlySpan<byte> blocks, Span<float> values) => SingleConversion.ToSingle(DType.F32, blocks, values);

    public static void ReadF16(ReadOnlySpan<byte> blocks, Span<float> values) => SingleConversion.ToSingle(DType.F16, blocks, values);

    public static void ReadBF16(ReadOnlySpan<byte> blocks, Span<float> values) => SingleConversion.ToSingle(DType.BF16, blocks, values);

    public static void WriteF32(ReadOnlySpan<float> values, Span<byte> blocks) => SingleConversion.FromSingle(DType.F32, values, blocks);

    public static void WriteF16(ReadOnlySpan<float> values, Span<byte> blocks) => SingleConversion.FromSingle(DType.F16, values, blocks);

    public static void WriteBF16(ReadOnlySpan<float> values, Span<byte> blocks) => SingleConversion.FromSingle(DType.BF16, values, blocks);
}
