using Panorama.Modeling.Kernels;

namespace Panorama.Modeling.Tests.Kernels;

public sealed class CrossEntropyKernelTests
{
    [Fact]
    public void ByHand()
    {
        // e^logits = 1, 2, 5: the target's share is 2/8.
        float[] logits = [0, MathF.Log(2), MathF.Log(5)];
        Assert.Equal(MathF.Log(4), CrossEntropyKernel.LossAndGradient(logits, 1, 16), 1e-6f);
        KernelData.Close([2, 4 - 16, 10], logits);
    }

    [Fact]
    public void VectorAgreesWithScalar() =>
        KernelData.LengthAndSeed.Sample((length, seed) =>
        {
            var random = new Random(seed);
            float[] logits = KernelData.Fill(random, length, 60), logits2 = [.. logits];
            int target = random.Next(length);
            float loss = CrossEntropyKernel.LossAndGradient(logits, target, 0.5f), loss2 = CrossEntropyKernel.LossAndGradientScalar(logits2, target, 0.5f);
            Assert.Equal(loss2, loss, 1e-5f * (1 + loss2));
            KernelData.Close(logits2, logits);
        });

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ABrokenLogitIsSeenInTheLoss(float broken)
    {
        for (int at = 0; at < 35; at++)
        {
            float[] logits = new float[35];
            logits[at] = broken;
            Assert.False(float.IsFinite(CrossEntropyKernel.LossAndGradient(logits, 3, 1)));
        }
    }
}
