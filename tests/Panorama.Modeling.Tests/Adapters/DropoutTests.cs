using Panorama.Modeling.Adapters;

namespace Panorama.Modeling.Tests.Adapters;

public sealed class DropoutTests
{
    [Fact]
    public void TheKernelEqualsItsScalarTwinAtAnyLengthAndPlace() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Int[0, 400], Gen.Int[0, 65535], Gen.ULong, Gen.ULong).Sample((length, blocks, threshold, seed, stream) =>
        {
            var dropout = new Dropout(threshold, seed, stream);
            float[] source = [.. Enumerable.Range(1, length).Select(i => i / 7f)], fast = new float[length], slow = new float[length];
            dropout.Apply(source, fast, blocks * 8L);
            dropout.ApplyScalar(source, slow, blocks * 8L);
            Assert.Equal(slow, fast);
        }, iter: 200);

    /// <summary>100,000 draws: six standard deviations of the share are 0.01.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void DropsTheShareAskedForAndKeepsTheMean(double rate)
    {
        float[] values = new float[100_000];
        Array.Fill(values, 1f);
        new Dropout(Dropout.ThresholdOf(rate), 3, 4).Apply(values, values, 0);
        Assert.InRange(values.Count(v => v == 0) / 100_000.0, rate - 0.01, rate + 0.01);
        Assert.All(values, v => Assert.True(v == 0 || Math.Abs(v - (1 / (1 - rate))) < 1e-3));
    }
}
