using Panorama.Modeling.Kernels;

namespace Panorama.Modeling.Tests.Kernels;

public sealed class RotaryKernelTests
{
    [Fact]
    public void AQuarterTurnByHand()
    {
        float[] y = new float[2];
        RotaryKernel.Turn([3, 4], [0], [1], 1, y);
        Assert.Equal([-4f, 3f], y);
        RotaryKernel.Turn([-4, 3], [0], [1], -1, y);
        Assert.Equal([3f, 4f], y);
    }

    [Fact]
    public void VectorAgreesWithScalarAndTheTurnBackUndoesIt() =>
        KernelData.LengthAndSeed.Sample((half, seed) =>
        {
            var random = new Random(seed);
            float[] x = KernelData.Fill(random, 2 * half), angles = KernelData.Fill(random, half, 3);
            float[] cosines = [.. angles.Select(MathF.Cos)], sines = [.. angles.Select(MathF.Sin)];
            float[] y = KernelData.Fill(random, 2 * half), y2 = [.. y], back = new float[2 * half];
            RotaryKernel.Turn(x, cosines, sines, 1, y);
            RotaryKernel.TurnScalar(x, cosines, sines, 1, y2);
            KernelData.Close(y2, y);
            RotaryKernel.Turn(x, cosines, sines, 1, y);
            RotaryKernel.Turn(y, cosines, sines, -1, back);
            KernelData.Close(x, back);
        });
}
