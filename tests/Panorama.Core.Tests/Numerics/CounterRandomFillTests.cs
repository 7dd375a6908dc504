using Panorama.Core.Numerics;

namespace Panorama.Core.Tests.Numerics;

public sealed class CounterRandomFillTests
{
    [Fact]
    public void TheFirstFourValuesOfABlockAreThoseOfTheSingleFunction()
    {
        const ulong Seed = 0x1234_5678_9ABC_DEF0, Stream = 0xFEDC_BA98_0000_0007;
        ushort[] values = new ushort[40];
        CounterRandomFill.UInt16Scalar(Seed, Stream, uint.MaxValue - 1ul, values);
        var random = new CounterRandom(Seed, Stream);
        for (int i = 0; i < values.Length; i++)
        {
            if (i % 8 < 4)
            {
                Assert.Equal((ushort)(random.UInt64(uint.MaxValue - 1ul + (ulong)(i / 8)) >> (16 * (i % 8))), values[i]);
            }
        }
    }

    [Fact]
    public void TheVectorsEqualTheScalarTwinAtAnyLength() =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong, Gen.Int[0, 400]).Sample((seed, stream, first, length) =>
        {
            ushort[] fast = new ushort[length], slow = new ushort[length];
            CounterRandomFill.UInt16(seed, stream, first, fast);
            CounterRandomFill.UInt16Scalar(seed, stream, first, slow);
            Assert.Equal(slow, fast);
        });
}
