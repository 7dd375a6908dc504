using System.Buffers.Binary;

namespace Panorama.Quantization.Formats;

/// <summary>The half-precision scales of blocks.</summary>
internal static class HalfBytes
{
    private const float Largest = 65504;

    /// <summary>Reads a scale.</summary>
    public static float Read(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    /// <summary>Stores a number that <see cref="Round"/> returned.</summary>
    public static void Write(Span<byte> bytes, float value) => BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);

    /// <summary>The nearest finite half.</summary>
    public static float Round(float value) => (float)(Half)Math.Clamp(value, -Largest, Largest);
}
