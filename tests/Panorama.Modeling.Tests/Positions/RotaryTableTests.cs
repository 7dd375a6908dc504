using Panorama.Modeling.Native;
using Panorama.Modeling.Positions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Positions;

public sealed class RotaryTableTests
{
    [Fact]
    public void TurnsPairsOfHalvesByTheirAngles()
    {
        using var table = new RotaryTable(4, 4, 100, CPU, ScalarType.Float32);
        using Tensor x_BTNE = tensor(new float[] { 1, 2, 3, 4 }, 1, 1, 1, 4);
        using Tensor y = table.Apply(x_BTNE, 3);

        // Pairs (1, 3) and (2, 4); angles 3·100⁰ = 3 and 3·100^(−1/2) = 0.3.
        float[] expected =
        [
            (float)((1 * Math.Cos(3)) - (3 * Math.Sin(3))), (float)((2 * Math.Cos(0.3)) - (4 * Math.Sin(0.3))),
            (float)((3 * Math.Cos(3)) + (1 * Math.Sin(3))), (float)((4 * Math.Cos(0.3)) + (2 * Math.Sin(0.3))),
        ];
        Assert.Equal(expected, TensorMemory.Span<float>(y).ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void ProductsDependOnTheDistanceOnly()
    {
        using var table = new RotaryTable(64, 8, 10_000, CPU, ScalarType.Float64);
        using Tensor q = randn([1, 1, 1, 8], ScalarType.Float64), k = randn([1, 1, 1, 8], ScalarType.Float64);
        double near = Product(5, 2), far = Product(50, 47);
        Assert.Equal(near, far, 10);
        Assert.NotEqual(near, Product(5, 3), 6);

        double Product(long query, long key) => (table.Apply(q, query) * table.Apply(k, key)).sum().item<double>();
    }
}
