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
