namespace Panorama.Modeling.Tests.Kernels;

/// <summary>Random rows for the kernels; odd lengths reach their tails.</summary>
internal static class KernelData
{
    /// <summary>Lengths around and between the vector widths, and a seed.</summary>
    public static Gen<(int Length, int Seed)> LengthAndSeed { get; } = Gen.Select(Gen.Int[1, 100], Gen.Int[0, int.MaxValue]);

    public static float[] Fill(Random random, int length, float scale = 1) =>
        [.. Enumerable.Range(0, length).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];

    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance = 1e-5f)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(MathF.Abs(expected[i] - actual[i]) <= tolerance * (1 + MathF.Abs(expected[i])), $"[{i}]: expected {expected[i]}, got {actual[i]}");
        }
    }
}
