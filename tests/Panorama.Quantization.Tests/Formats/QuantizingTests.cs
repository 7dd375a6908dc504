using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Tests.Formats;

public sealed class QuantizingTests(ITestOutputHelper output)
{
    public static TheoryData<TensorFormat> BlockFormats =>
        [TensorFormat.Q8_0, TensorFormat.Q4_0, TensorFormat.Q4_1, TensorFormat.Q5_0, TensorFormat.Q5_1, TensorFormat.Q4_K, TensorFormat.Q5_K, TensorFormat.Q6_K];

    // Values of all sizes, blocks of one sign, of one value, of zeros, with outliers.
    private static readonly Gen<float[]> Blocks = Gen.Select(
        Gen.Double[-1, 1].Array[512], Gen.Int[-6, 3], Gen.Int[0, 4], Gen.Int[0, 511],
        (unit, exponent, kind, at) =>
        {
            float[] values = [.. unit.Select(u => (float)(u * Math.Pow(10, exponent)))];
            switch (kind)
            {
                case 0:
                    values = [.. values.Select(v => Math.Abs(v) + (Math.Abs(values[at])))];
                    break;
                case 1:
                    Array.Fill(values, values[at], 0, 256);
                    break;
                case 2:
                    Array.Clear(values, 0, at);
                    break;
                case 3:
                    values[at] *= 30;
                    break;
                default:
                    break;
            }

            return values;
        });

    [Theory, MemberData(nameof(BlockFormats))]
    public void Quantizing_is_no_worse_than_plain_rounding(TensorFormat format) => Blocks.Sample(values =>
    {
        // The room is for the order in which floats add up.
        double ours = Error(values, RoundTrip(format, values)), naive = Error(values, NaiveRounding.Of(format, values));
        Assert.True(ours <= naive * (1 + 1e-5), $"{format}: {ours} against {naive}");
    });

    // The root mean square error of a block stays below about half a step of plain rounding over the whole range.
    [Theory]
    [InlineData(TensorFormat.Q8_0, 1 / 127.0)]
    [InlineData(TensorFormat.Q4_0, 1 / 7.0)]
    [InlineData(TensorFormat.Q4_1, 2 / 15.0)]
    [InlineData(TensorFormat.Q5_0, 1 / 15.0)]
    [InlineData(TensorFormat.Q5_1, 2 / 31.0)]
    [InlineData(TensorFormat.Q4_K, 2 / 15.0)]
    [InlineData(TensorFormat.Q5_K, 2 / 31.0)]
    [InlineData(TensorFormat.Q6_K, 1 / 31.0)]
    public void A_block_comes_back_within_a_step(TensorFormat format, double step) => Gen.Float[-1, 1].Array[256].Sample(values =>
    {
        float[] back = RoundTrip(format, values);
        double most = values.Max(Math.Abs);
        int length = format.BlockLength();
        for (int at = 0; at < values.Length; at += length)
        {
            double root = Math.Sqrt(Error(values[at..(at + length)], back[at..(at + length)]) / length);
            Assert.True(root <= 0.6 * step * most, $"{format}: {root} of {most}");
        }
    });

    [Theory, MemberData(nameof(BlockFormats))]
    public void Zeros_stay_zeros_and_constants_are_kept(TensorFormat format)
    {
        Assert.All(RoundTrip(format, new float[256]), static value => Assert.Equal(0, value));
        float[] values = new float[256];
        Array.Fill(values, -0.75f);
        Assert.All(RoundTrip(format, values), static value => Assert.Equal(-0.75, value, 0.002));
    }

    [Fact]
    public void Lengths_that_do_not_belong_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(TensorFormat.Q8_0, new float[32], new byte[33]));
        Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(TensorFormat.Q8_0, new float[31], new byte[34]));
        Assert.Throws<ArgumentException>(() => BlockCodec.Dequantize(TensorFormat.Q6_K, new byte[210], new float[255]));
    }

    // The relative RMS error of values from a normal distribution, with little room above what the search reaches.
    [Theory]
    [InlineData(TensorFormat.Q8_0, 0.0054, 1)]
    [InlineData(TensorFormat.Q4_0, 0.0815, 0.97)]
    [InlineData(TensorFormat.Q4_1, 0.0700, 0.97)]
    [InlineData(TensorFormat.Q5_0, 0.0402, 0.97)]
    [InlineData(TensorFormat.Q5_1, 0.0336, 0.97)]
    [InlineData(TensorFormat.Q4_K, 0.0702, 0.97)]
    [InlineData(TensorFormat.Q5_K, 0.0345, 0.97)]
    [InlineData(TensorFormat.Q6_K, 0.0167, 0.97)]
    public void Normal_values_lose_little(TensorFormat format, double most, double share)
    {
        var random = new Random(20_260_102);
        float[] values = [.. Enumerable.Range(0, 1 << 16).Select(_ => (float)(0.02 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        double norm = Math.Sqrt(values.Sum(v => (double)v * v));
        double ours = Math.Sqrt(Error(values, RoundTrip(format, values))) / norm;
        double naive = Math.Sqrt(Error(values, NaiveRounding.Of(format, values))) / norm;
        output.WriteLine($"{format}: {ours:0.00000}, plain {naive:0.00000}, ratio {ours / naive:0.000}");
        Assert.True(ours <= most && ours <= share * naive, $"{format}: {ours}, plain {naive}");
    }

    private static double Error(float[] values, float[] back) => values.Zip(back, (v, b) => Math.Pow((double)v - b, 2)).Sum();

    internal static float[] RoundTrip(TensorFormat format, float[] values)
    {
        byte[] blocks = new byte[format.RowBytes(values.Length)];
        BlockCodec.Quantize(format, values, blocks);
        float[] back = new float[values.Length];
        BlockCodec.Dequantize(format, blocks, back);
        return back;
    }
}
