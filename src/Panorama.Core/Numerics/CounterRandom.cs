using System.Runtime.InteropServices;

namespace Panorama.Core.Numerics;

/// <summary>
/// Random values addressed by (seed, stream, index): any value can be had alone, in any order, on any rank, and is the same
/// in every version of this program. Philox4x32-10 (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3").
/// </summary>
/// <param name="seed">The key: different seeds give unrelated values.</param>
/// <param name="stream">Separates uses of one seed, such as shuffling and dropout.</param>
[StructLayout(LayoutKind.Auto)]
public readonly struct CounterRandom(ulong seed, ulong stream = 0)
{
    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint Weyl0 = 0x9E3779B9;
    internal const uint Weyl1 = 0xBB67AE85;
    internal const int Rounds = 10;

    /// <summary>64 random bits.</summary>
    /// <param name="index">Which value.</param>
    public ulong UInt64(ulong index)
    {
        (uint x0, uint x1, _, _) = Block((uint)index, (uint)(index >> 32), (uint)stream, (uint)(stream >> 32), (uint)seed, (uint)(seed >> 32));
        return x0 | ((ulong)x1 << 32);
    }

    /// <summary>A number in [0, 1), a multiple of 2^-53.</summary>
    /// <param name="index">Which value.</param>
    public double Double(ulong index) => (UInt64(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>An integer in [0, bound). The bias is below bound / 2^64.</summary>
    /// <param name="index">Which value.</param>
    /// <param name="bound">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is less than 1.</exception>
    public long Below(ulong index, long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (long)Math.BigMul(UInt64(index), (ulong)bound, out _);
    }

    /// <summary>The whole function: 128 bits from a 128-bit counter and a 64-bit key.</summary>
    internal static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }
}
