using Panorama.Training.Optim;

namespace Panorama.Training.Tests.Optim;

public sealed class AdamWKernelTests
{
    [Fact]
    public void OneStepByHand()
    {
        float[] weight = [1], first = [0], second = [0];

        // Step 1, learning rate 0.1, decay 0.1: m̂ = g, v̂ = g², so the weight shrinks by 1 % and moves by 0.1 · sign(g).
        var constants = new AdamWConstants(0.9f, 0.99f, 0, 0.1f / (1 - 0.9f), 1 / MathF.Sqrt(1 - 0.99f), 1 - (0.1f * 0.1f), 1);
        AdamWKernel.UpdateScalar(weight, [0.5f], first, second, constants);
        Assert.Equal(0.99f - 0.1f, weight[0], 5);
        Assert.Equal(0.05f, first[0], 6);
        Assert.Equal(0.0025f, second[0], 6);
    }

    [Fact]
    public void VectorAndScalarAgreeToTheBit()
    {
        Gen.Select(Gen.Int[0, 70], Gen.Int[0, int.MaxValue]).Sample((length, seed) =>
        {
            var random = new Random(seed);
            float[] Fill(float scale) => [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.5f) * scale)];
            float[] weights = Fill(2), gradients = Fill(1), first = Fill(0.1f), second = [.. Fill(1).Select(MathF.Abs)];
            float[] weights2 = [.. weights], first2 = [.. first], second2 = [.. second];
            var constants = new AdamWConstants(0.9f, 0.95f, 1e-8f, 3e-3f, 1.7f, 0.999f, 0.7f);
            AdamWKernel.Update(weights, gradients, first, second, constants);
            AdamWKernel.UpdateScalar(weights2, gradients, first2, second2, constants);
            Assert.Equal(weights2, weights);
            Assert.Equal(first2, first);
            Assert.Equal(second2, second);
        });
    }
}
