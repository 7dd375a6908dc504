using Panorama.Modeling.Blocks;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Tests.Blocks;

public sealed class RmsNormTests
{
    [Fact]
    public void DividesByTheRootOfTheMeanSquareAndMultipliesTheGain()
    {
        var scope = new WeightScope();
        var norm = new RmsNorm(scope, 2, 0.5);
        using var parameters = new FlatParameters(scope.All, trainable: false);
        float[] gain = [2, 3];
        gain.CopyTo(TensorMemory.Span<float>(parameters.Data));
        using Tensor x = tensor(new float[] { 3, 4 }, 1, 2);
        using Tensor y = norm.Forward(x);

        // mean square 12.5, plus 0.5, root √13
        float root = MathF.Sqrt(13);
        Assert.Equal([2 * 3 / root, 3 * 4 / root], TensorMemory.Span<float>(y).ToArray(), (a, b) => MathF.Abs(a - b) < 1e-6f);
    }
}
