using Panorama.Modeling.Kernels;

namespace Panorama.Modeling.Tests.Kernels;

public sealed class SwiGluKernelTests
{
    [Fact]
    public void ByHand()
    {
        float[] hidden = new float[1], dgate = new float[1], dup = new float[1];

        // g = ln 3: σ = 3/4.
        float gate = MathF.Log(3);
        SwiGluKernel.Forward([gate], [2], hidden);
        Assert.Equal(gate * 0.75f * 2, hidden[0], 1e-6f);
        SwiGluKernel.Backward([10], [gate], [2], dgate, dup);
        Assert.Equal(10 * 2 * 0.75f * (1 + (gate * 0.25f)), dgate[0], 1e-5f);
        Assert.Equal(10 * gate * 0.75f, dup[0], 1e-5f);
    }

    [Fact]
    public void VectorAgreesWithScalar() =>
        KernelData.LengthAndSeed.Sample((length, seed) =>
        {
            var random = new Random(seed);
            float[] gate = KernelData.Fill(random, length, 20), up = KernelData.Fill(random, length), dhidden = KernelData.Fill(random, length);
            float[] hidden = new float[length], hidden2 = new float[length], dgate = new float[length], dgate2 = new float[length], dup = new float[length], dup2 = new float[length];
            SwiGluKernel.Forward(gate, up, hidden);
            SwiGluKernel.ForwardScalar(gate, up, hidden2);
            KernelData.Close(hidden2, hidden);
            SwiGluKernel.Backward(dhidden, gate, up, dgate, dup);
            SwiGluKernel.BackwardScalar(dhidden, gate, up, dgate2, dup2);
            KernelData.Close(dgate2, dgate);
            KernelData.Close(dup2, dup);
        });
}
