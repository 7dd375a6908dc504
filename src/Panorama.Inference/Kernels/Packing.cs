using System.Runtime.CompilerServices;

namespace Panorama.Inference.Kernels;

/// <summary>What the packings share.</summary>
internal static unsafe class Packing
{
    /// <summary>The magnitude of a stored half.</summary>
    public static float Magnitude(byte* half) => MathF.Abs((float)*(Half*)half);

    /// <summary>Writes a half of an output, multiplied by a power of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteHalf(byte* to, int lane, byte* half, float multiplier) => ((Half*)to)[lane] = multiplier == 1 ? *(Half*)half : (Half)((float)*(Half*)half * multiplier);

    /// <summary>Writes 32 codes of a byte.</summary>
    public static void WriteBytes(byte* to, int lane, int lanes, byte* codes)
    {
        for (int g = 0; g < 8; g++)
        {
            ((uint*)to)[(g * lanes) + lane] = ((uint*)codes)[g];
        }
    }

    /// <summary>Writes 32 codes of 4 bits from bytes that hold code i in their lower and 16 + i in their upper bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteNibbles(byte* to, int lane, int lanes, uint* pairs)
    {
        for (int j = 0; j < 4; j++)
        {
            ((uint*)to)[(j * lanes) + lane] = pairs[j];
        }
    }

    /// <summary>Scale and minimum of a part of a K block: 6 bits each, spread over 12 bytes.</summary>
    /// <param name="packed">The 12 bytes.</param>
    /// <param name="part">0 to 7.</param>
    public static (byte Scale, byte Minimum) KScale(byte* packed, int part) => part < 4
        ? ((byte)(packed[part] & 63), (byte)(packed[part + 4] & 63))
        : ((byte)((packed[part + 4] & 15) | (packed[part - 4] >> 6 << 4)), (byte)((packed[part + 4] >> 4) | (packed[part] >> 6 << 4)));
}

/// <summary>Q8_0: a half, then 32 signed bytes.</summary>
internal readonly unsafe struct PackingQ80 : IPacking
{
    public static int BlockBytes => 34;

    public static int Offset => 128;

    public static float LargestScale(byte* block) => Packing.Magnitude(block);

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        Packing.WriteHalf(run, lane, block, multiplier);
        uint* to = (uint*)(run + (2 * lanes)) + lane;
        uint* from = (uint*)(block + 2);
        for (int g = 0; g < 8; g++, to += lanes)
        {
            *to = from[g] ^ 0x80808080; // unsigned by 128
        }
    }
}

/// <summary>Q4_0: a half, then 16 bytes with code i in the lower and 16 + i in the upper bits.</summary>
internal readonly unsafe struct PackingQ40 : IPacking
{
    public static int BlockBytes => 18;

    public static int Offset => 8;

    public static float LargestScale(byte* block) => Packing.Magnitude(block);

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        Packing.WriteHalf(run, lane, block, multiplier);
        Packing.WriteNibbles(run + (2 * lanes), lane, lanes, (uint*)(block + 2));
    }
}

/// <summary>Q4_1: as Q4_0 with a minimum behind the scale.</summary>
internal readonly unsafe struct PackingQ41 : IPacking
{
    public static int BlockBytes => 20;

    public static int Offset => 0;

    public static float LargestScale(byte* block) => MathF.Max(Packing.Magnitude(block), Packing.Magnitude(block + 2));

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        Packing.WriteHalf(run, lane, block, multiplier);
        Packing.WriteHalf(run + (2 * lanes), lane, block + 2, multiplier);
        Packing.WriteNibbles(run + (4 * lanes), lane, lanes, (uint*)(block + 4));
    }
}

/// <summary>Q5_0: a half, 32 fifth bits, 16 bytes of lower bits as in Q4_0.</summary>
internal readonly unsafe struct PackingQ50 : IPacking
{
    public static int BlockBytes => 22;

    public static int Offset => 16;

    public static float LargestScale(byte* block) => Packing.Magnitude(block);

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        byte* codes = stackalloc byte[32];
        FiveBits(*(uint*)(block + 2), block + 6, codes);
        Packing.WriteHalf(run, lane, block, multiplier);
        Packing.WriteBytes(run + (2 * lanes), lane, lanes, codes);
    }

    /// <summary>Joins fifth bits and lower bits.</summary>
    internal static void FiveBits(uint fifth, byte* lower, byte* codes)
    {
        for (int i = 0; i < 16; i++)
        {
            codes[i] = (byte)((lower[i] & 15u) | (((fifth >> i) & 1) << 4));
            codes[i + 16] = (byte)(((uint)lower[i] >> 4) | (((fifth >> (i + 16)) & 1) << 4));
        }
    }
}

/// <summary>Q5_1: as Q5_0 with a minimum behind the scale.</summary>
internal readonly unsafe struct PackingQ51 : IPacking
{
    public static int BlockBytes => 24;

    public static int Offset => 0;

    public static float LargestScale(byte* block) => MathF.Max(Packing.Magnitude(block), Packing.Magnitude(block + 2));

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        byte* codes = stackalloc byte[32];
        PackingQ50.FiveBits(*(uint*)(block + 4), block + 8, codes);
        Packing.WriteHalf(run, lane, block, multiplier);
        Packing.WriteHalf(run + (2 * lanes), lane, block + 2, multiplier);
        Packing.WriteBytes(run + (4 * lanes), lane, lanes, codes);
    }
}
