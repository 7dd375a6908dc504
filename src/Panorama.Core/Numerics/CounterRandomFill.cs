using System.Runtime.Intrinsics;

namespace Panorama.Core.Numerics;

/// <summary>Many values of a <see cref="CounterRandom"/> at once, for masks over whole tensors.</summary>
public static class CounterRandomFill
{
    /// <summary>16-bit values in one block of 128 bits.</summary>
    public const int PerBlock = 8;

    private const int Lanes = 8;

    /// <summary>Fills with 16-bit random values; value i is the 16 bits from i mod 8 of block i / 8. Vectorized.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="stream">Separates uses of one seed.</param>
    /// <param name="firstBlock">Number of the block that the first value starts.</param>
    /// <param name="values">Receives the values.</param>
    public static void UInt16(ulong seed, ulong stream, ulong firstBlock, Span<ushort> values)
    {
        Span<ulong> bits = stackalloc ulong[2 * Lanes];
        int done = 0;
        for (; values.Length - done >= PerBlock * Lanes; done += PerBlock * Lanes)
        {
            Blocks(firstBlock, seed, stream, bits);
            System.Runtime.InteropServices.MemoryMarshal.Cast<ulong, ushort>(bits).CopyTo(values[done..]);
            firstBlock += Lanes;
        }

        UInt16Scalar(seed, stream, firstBlock, values[done..]);
    }

    /// <summary>The scalar twin of <see cref="UInt16"/>.</summary>
    /// <inheritdoc cref="UInt16" path="/param"/>
    public static void UInt16Scalar(ulong seed, ulong stream, ulong firstBlock, Span<ushort> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            ulong block = firstBlock + (ulong)(i / PerBlock);
            (uint x0, uint x1, uint x2, uint x3) = CounterRandom.Block((uint)block, (uint)(block >> 32), (uint)stream, (uint)(stream >> 32), (uint)seed, (uint)(seed >> 32));
            uint word = (i % PerBlock / 2) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
            values[i] = (ushort)(i % 2 == 0 ? word : word >> 16);
        }
    }

    // Philox4x32-10 on eight counters, one in each 64-bit lane, whose low halves hold the words.
    private static void Blocks(ulong first, ulong seed, ulong stream, Span<ulong> bits)
    {
        Vector512<ulong> low = Vector512.Create(0xFFFFFFFFul);
        Vector512<ulong> counter = Vector512.Create(first) + Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> c0 = counter & low, c1 = counter >>> 32;
        Vector512<ulong> c2 = Vector512.Create(stream & 0xFFFFFFFF), c3 = Vector512.Create(stream >> 32);
        (uint key0, uint key1) = ((uint)seed, (uint)(seed >> 32));
        for (int round = 0; round < CounterRandom.Rounds; round++)
        {
            Vector512<ulong> product0 = c0 * CounterRandom.Multiplier0;
            Vector512<ulong> product1 = c2 * CounterRandom.Multiplier1;
            (c0, c1, c2, c3) = ((product1 >>> 32) ^ c1 ^ Vector512.Create((ulong)key0), product1 & low, (product0 >>> 32) ^ c3 ^ Vector512.Create((ulong)key1), product0 & low);
            key0 += CounterRandom.Weyl0;
            key1 += CounterRandom.Weyl1;
        }

        Vector512<ulong> front = c0 | (c1 << 32), back = c2 | (c3 << 32);
        for (int lane = 0; lane < Lanes; lane++)
        {
            bits[2 * lane] = front[lane];
            bits[(2 * lane) + 1] = back[lane];
        }
    }
}
