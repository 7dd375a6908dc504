namespace Panorama.Inference.Kernels;

/// <summary>Q4_K: two halves, 12 bytes of scales, 128 bytes; 32 bytes hold one part in their lower and the next in their upper bits.</summary>
internal readonly unsafe struct PackingQ4K : IPacking
{
    public static int BlockBytes => 144;

    public static int Offset => 0;

    public static float LargestScale(byte* block) => MathF.Max(Packing.Magnitude(block), Packing.Magnitude(block + 2));

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        Packing.WriteHalf(run, lane, block, multiplier);
        Packing.WriteHalf(run + (2 * lanes), lane, block + 2, -multiplier);
        uint* pairs = stackalloc uint[4];
        byte* part = run + (4 * lanes);
        for (int i = 0; i < 8; i++, part += 18 * lanes)
        {
            (part[lane], part[lanes + lane]) = Packing.KScale(block + 4, i);
            uint* from = (uint*)(block + 16 + (32 * (i / 2)));
            int shift = 4 * (i % 2);
            for (int j = 0; j < 4; j++)
            {
                pairs[j] = ((from[j] >> shift) & 0x0F0F0F0F) | (((from[j + 4] >> shift) & 0x0F0F0F0F) << 4);
            }

            Packing.WriteNibbles(part + (2 * lanes), lane, lanes, pairs);
        }
    }
}

/// <summary>Q5_K: as Q4_K with 32 bytes of fifth bits, bit i of a byte for part i, in front of the lower bits.</summary>
internal readonly unsafe struct PackingQ5K : IPacking
{
    public static int BlockBytes => 176;

    public static int Offset => 0;

    public static float LargestScale(byte* block) => MathF.Max(Packing.Magnitude(block), Packing.Magnitude(block + 2));

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        Packing.WriteHalf(run, lane, block, multiplier);
        Packing.WriteHalf(run + (2 * lanes), lane, block + 2, -multiplier);
        uint* codes = stackalloc uint[8];
        uint* fifth = (uint*)(block + 16);
        byte* part = run + (4 * lanes);
        for (int i = 0; i < 8; i++, part += 34 * lanes)
        {
            (part[lane], part[lanes + lane]) = Packing.KScale(block + 4, i);
            uint* from = (uint*)(block + 48 + (32 * (i / 2)));
            for (int j = 0; j < 8; j++)
            {
                codes[j] = ((from[j] >> (4 * (i % 2))) & 0x0F0F0F0F) | (((fifth[j] >> i) & 0x01010101) << 4);
            }

            Packing.WriteBytes(part + (2 * lanes), lane, lanes, (byte*)codes);
        }
    }
}

/// <summary>Q6_K: 128 bytes of lower bits, 64 of upper ones, 16 signed scales, a half.</summary>
internal readonly unsafe struct PackingQ6K : IPacking
{
    public static int BlockBytes => 210;

    public static int Offset => 32;

    public static float LargestScale(byte* block) => Packing.Magnitude(block + 208);

    public static void Pack(byte* block, byte* run, int lane, int lanes, float multiplier)
    {
        Packing.WriteHalf(run, lane, block + 208, multiplier);
        byte* codes = stackalloc byte[32];
        byte* part = run + (2 * lanes);
        for (int i = 0; i < 8; i++, part += 34 * lanes)
        {
            // Each 128 inputs have 64 lower and 32 upper bytes: parts 0 and 1 take the lower bits of the two halves of the
            // lower bytes, parts 2 and 3 the upper ones; the upper bytes give two bits to each of the four.
            byte* lower = block + (64 * (i / 4)) + (32 * (i % 2));
            byte* upper = block + 128 + (32 * (i / 4));
            int shift = i % 4 / 2 * 4;
            for (int j = 0; j < 32; j++)
            {
                codes[j] = (byte)(((lower[j] >> shift) & 15) | (((upper[j] >> (2 * (i % 4))) & 3) << 4));
            }

            part[lane] = block[192 + (2 * i)];
            part[lanes + lane] = block[193 + (2 * i)];
            Packing.WriteBytes(part + (2 * lanes), lane, lanes, codes);
        }
    }
}
