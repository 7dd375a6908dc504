namespace Panorama.Quantization.Formats;

/// <summary>
/// The 12 bytes of Q4_K and Q5_K that hold 8 scales and 8 minimums of 6 bits. Bytes 0–3: scales 0–3, and above them the
/// upper two bits of scales 4–7; bytes 4–7: the same of the minimums; bytes 8–11: the lower four bits of scales 4–7,
/// and above them those of minimums 4–7.
/// </summary>
internal static class SuperBlockScales
{
    /// <summary>Parts of a super-block.</summary>
    public const int Parts = 8;

    /// <summary>Bytes they take.</summary>
    public const int Bytes = 12;

    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> scales, Span<byte> minimums)
    {
        for (int i = 0; i < 4; i++)
        {
            scales[i] = (byte)(packed[i] & 63);
            minimums[i] = (byte)(packed[4 + i] & 63);
            scales[4 + i] = (byte)((packed[8 + i] & 15) | ((packed[i] >> 6) << 4));
            minimums[4 + i] = (byte)((packed[8 + i] >> 4) | ((packed[4 + i] >> 6) << 4));
        }
    }

    public static void Pack(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minimums, Span<byte> packed)
    {
        for (int i = 0; i < 4; i++)
        {
            packed[i] = (byte)(scales[i] | ((scales[4 + i] >> 4) << 6));
            packed[4 + i] = (byte)(minimums[i] | ((minimums[4 + i] >> 4) << 6));
            packed[8 + i] = (byte)((scales[4 + i] & 15) | ((minimums[4 + i] & 15) << 4));
        }
    }
}
