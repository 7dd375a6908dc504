using Panorama.Inference.Kernels;

namespace Panorama.Inference.Tests.Kernels;

public sealed unsafe class QuantizedRowsTests
{
    [Fact]
    public void Hand_worked()
    {
        using var rows = new QuantizedRows(1, 32);
        float* values = stackalloc float[32];
        (values[0], values[1], values[20]) = (12.7f, -6.35f, 0.26f);
        rows.Quantize(0, values, 32);
        Assert.Equal(0.1f, rows.Scales[0], 1e-7f);
        Assert.Equal((127, -64, 3), (rows.Codes[0], rows.Codes[1], rows.Codes[20])); // −63.5 rounds to even
        Assert.Equal((63, 66), (rows.FirstSums[0], rows.Sums[0]));
    }

    [Fact]
    public void Vectors_do_what_the_scalar_twin_does() => Gen.Float[-1e3f, 1e3f].Array[96].Sample(values =>
    {
        using var rows = new QuantizedRows(2, 96);
        fixed (float* from = values)
        {
            rows.Quantize(1, from, 96);
        }

        var codes = new sbyte[32];
        for (int b = 0; b < 3; b++)
        {
            QuantizedRows.QuantizeBlockScalar(values.AsSpan(32 * b, 32), codes, out float scale, out int first, out int sum);
            Assert.Equal(codes, new ReadOnlySpan<sbyte>(rows.Codes + 96 + (32 * b), 32));
            Assert.Equal((scale, first, sum), (rows.Scales[3 + b], rows.FirstSums[3 + b], rows.Sums[3 + b]));
        }
    }, iter: 200);

    [Fact]
    public void Zeros_have_no_scale()
    {
        using var rows = new QuantizedRows(1, 32);
        float* values = stackalloc float[32];
        rows.Quantize(0, values, 32);
        Assert.Equal((0f, 0), (rows.Scales[0], rows.Sums[0]));
    }
}
