using Panorama.Modeling.Kernels;

namespace Panorama.Modeling.Tests.Kernels;

public sealed class RmsNormKernelTests
{
    [Fact]
    public void ByHand()
    {
        float[] sum = new float[2], y = new float[2];

        // (1, 5) + (2, −1) = (3, 4): mean square 12.5, with ε = 3.5 the root is 4.
        float scale = RmsNormKernel.Forward([1, 5], [2, -1], [2, 10], sum, y, 3.5f);
        Assert.Equal([3f, 4f], sum);
        Assert.Equal(0.25f, scale);
        Assert.Equal([1.5f, 10f], y);

        // dot = 1·2·3 = 6; pull = −6 / (2 · 4³) = −3/64; dx = (2/4 − 9/64 + 7, −12/64).
        float[] dx = new float[2], dgain = [1, 1];
        RmsNormKernel.Backward([1, 0], [3, 4], [2, 10], 0.25f, [7, 0], dx, dgain);
        Assert.Equal([0.5f - (9f / 64) + 7, -12f / 64], dx);
        Assert.Equal([1.75f, 1f], dgain);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void VectorAgreesWithScalar(bool residual) =>
        KernelData.LengthAndSeed.Sample((length, seed) =>
        {
            var random = new Random(seed);
            float[] x = KernelData.Fill(random, length), added = residual ? KernelData.Fill(random, length) : [], gain = KernelData.Fill(random, length), dy = KernelData.Fill(random, length);
            float[] sum = new float[added.Length], sum2 = new float[added.Length], y = new float[length], y2 = new float[length];
            float scale = RmsNormKernel.Forward(x, added, gain, sum, y, 1e-5f), scale2 = RmsNormKernel.ForwardScalar(x, added, gain, sum2, y2, 1e-5f);
            Assert.Equal(scale2, scale, scale2 * 1e-5f);
            KernelData.Close(sum2, sum);
            KernelData.Close(y2, y);

            float[] dx = new float[length], dx2 = new float[length], dgain = KernelData.Fill(random, length), dgain2 = [.. dgain];
            RmsNormKernel.Backward(dy, x, gain, scale, added, dx, dgain);
            RmsNormKernel.BackwardScalar(dy, x, gain, scale, added, dx2, dgain2);
            KernelData.Close(dx2, dx, 1e-4f);
            KernelData.Close(dgain2, dgain);
        });
}
