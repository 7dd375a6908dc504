using Panorama.Core.Configuration;
using Panorama.Inference.Kernels;

namespace Panorama.Inference.Tests.Kernels;

public sealed unsafe class RowKernelsTests
{
    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.ReluSquared)]
    public void Activations_follow_their_formula(Activation activation) => Gen.Float[-12, 12].Array[32].Sample(values =>
    {
        float* x = stackalloc float[32];
        values.CopyTo(new Span<float>(x, 32));
        RowKernels.Activate(activation, null, x, 32);
        for (int i = 0; i < 32; i++)
        {
            Assert.Equal(RowKernels.ActivateScalar(activation, values[i]), x[i], 2e-6 * (1 + Math.Abs(values[i])));
        }
    }, iter: 100);

    [Fact]
    public void Gelu_is_exact()
    {
        Assert.Equal(0.8413447460685429, RowKernels.ActivateScalar(Activation.Gelu, 1), 1e-13);
        Assert.Equal(2.9959503059051098, RowKernels.ActivateScalar(Activation.Gelu, 3), 1e-9);
        Assert.Equal(-0.00404969409489031, RowKernels.ActivateScalar(Activation.Gelu, -3), 1e-12);
    }

    [Fact]
    public void Norms_follow_their_formulas_at_odd_widths() => Gen.Select(Gen.Int[1, 70], Gen.Int[0, 1000]).Sample((count, seed) =>
    {
        var random = new Random(seed);
        float* x = stackalloc float[80], gain = stackalloc float[80], bias = stackalloc float[80], y = stackalloc float[80];
        for (int i = 0; i < count; i++)
        {
            (x[i], gain[i], bias[i]) = ((float)random.NextDouble() - 0.3f, (float)random.NextDouble(), (float)random.NextDouble());
        }

        double mean = Enumerable.Range(0, count).Average(i => x[i]);
        double square = Enumerable.Range(0, count).Average(i => (double)x[i] * x[i]);
        double variance = Enumerable.Range(0, count).Average(i => (x[i] - mean) * (x[i] - mean));
        y[count] = 77;
        RowKernels.RmsNorm(x, gain, y, count, 1e-5f);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(x[i] / Math.Sqrt(square + 1e-5) * gain[i], y[i], 1e-5);
        }

        RowKernels.LayerNorm(x, gain, bias, y, count, 1e-5f);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(((x[i] - mean) / Math.Sqrt(variance + 1e-5) * gain[i]) + bias[i], y[i], 2e-4);
        }

        Assert.Equal(77, y[count]);
    }, iter: 200);

    [Fact]
    public void Turning_joins_the_halves()
    {
        float* head = stackalloc float[4] { 1, 2, 3, 4 };
        float* cos = stackalloc float[2] { 0, 1 };
        float* sin = stackalloc float[2] { 1, 0 };
        RowKernels.Rotate(head, cos, sin, 4);
        Assert.Equal([-3f, 2f, 1f, 4f], new ReadOnlySpan<float>(head, 4));
    }
}
