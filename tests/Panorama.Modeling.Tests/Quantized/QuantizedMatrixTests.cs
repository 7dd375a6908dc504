using Panorama.Modeling.Quantized;

namespace Panorama.Modeling.Tests.Quantized;

public sealed class QuantizedMatrixTests
{
    [Fact]
    public void Nf4HasItsValuesAtTheEndsAndZeroInTheMiddle()
    {
        Assert.Equal((0, 7, 15), (Nf4.Encode(-1), Nf4.Encode(0), Nf4.Encode(1)));
        for (int code = 0; code < 16; code++)
        {
            Assert.Equal(code, Nf4.Encode(Nf4.Values[code]));
        }
    }

    [Fact]
    public void Nf4UnpackingEqualsItsScalarTwinAtAnyLength() =>
        Gen.Select(Gen.Byte.Array[0, 256], Gen.Int[0, 31], Gen.Float[0.001f, 10]).Sample((bytes, missing, scale) =>
        {
            byte[] codes = bytes[..(bytes.Length / 16 * 16)];
            int length = Math.Max(0, (codes.Length * 2) - missing);
            float[] fast = new float[length], slow = new float[length];
            Nf4.Unpack(codes, scale, fast);
            Nf4.UnpackScalar(codes, scale, slow);
            Assert.Equal(slow, fast);
        });

    [Fact]
    public void Int8UnpackingEqualsItsScalarTwinAtAnyLength() =>
        Gen.Select(Gen.SByte.Array[0, 200], Gen.Float[0.001f, 10]).Sample((codes, scale) =>
        {
            float[] fast = new float[codes.Length], slow = new float[codes.Length];
            Int8.Unpack(codes, scale, fast);
            Int8.UnpackScalar(codes, scale, slow);
            Assert.Equal(slow, fast);
        });

    /// <summary>8 bits: half a step of 1/127 of the block's largest. 4 bits: half of the widest gap, 0.152, and what the scale loses of up to a half of 1/127 of its spread.</summary>
    [Theory]
    [InlineData(8, 0.5 / 127 + 1e-6)]
    [InlineData(4, 0.17)]
    public unsafe void TheErrorIsBoundedByTheBlock(int bits, double bound) =>
        Gen.Select(Gen.Int[1, 5000], Gen.ULong).Sample((length, seed) =>
        {
            float[] values = Normal(length, seed), back = new float[length];
            var matrix = new QuantizedMatrix(values, bits);
            fixed (float* target = back)
            {
                matrix.Dequantize(target);
            }

            float overall = values.Max(Math.Abs);
            for (int i = 0; i < length; i++)
            {
                float largest = values.Skip(i / 64 * 64).Take(64).Max(Math.Abs);
                double allowed = bits == 8 ? bound * largest : (bound * largest) + (overall / 127);
                Assert.True(Math.Abs(values[i] - back[i]) <= allowed, $"{i}: {values[i]} became {back[i]}, block {largest}");
            }
        }, iter: 60);

    /// <summary>NF4 of normal values in blocks of 64 has a relative error of about 0.09; 8 bits of about 0.006.</summary>
    [Theory]
    [InlineData(8, 0.004, 0.010, 8.6)]
    [InlineData(4, 0.07, 0.11, 4.14)]
    public unsafe void NormalValuesLoseLittleAndTakeTheBitsPromised(int bits, double least, double most, double size)
    {
        float[] values = Normal(1 << 17, 5), back = new float[values.Length];
        var matrix = new QuantizedMatrix(values, bits);
        fixed (float* target = back)
        {
            matrix.Dequantize(target);
        }

        double error = Math.Sqrt(values.Zip(back, (a, b) => (double)(a - b) * (a - b)).Sum() / values.Sum(v => (double)v * v));
        Assert.InRange(error, least, most);
        Assert.InRange(matrix.Bytes * 8.0 / values.Length, bits, size);
    }

    [Fact]
    public unsafe void ZerosStayZeros()
    {
        foreach (int bits in new[] { 4, 8 })
        {
            float[] back = [1, 1, 1];
            fixed (float* target = back)
            {
                new QuantizedMatrix(new float[3], bits).Dequantize(target);
            }

            Assert.Equal([0, 0, 0], back);
        }
    }

    private static float[] Normal(int length, ulong seed)
    {
        var random = new Random((int)seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) * 0.02))];
    }
}
