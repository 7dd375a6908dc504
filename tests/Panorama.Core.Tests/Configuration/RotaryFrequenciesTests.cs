using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Core.Tests.Configuration;

public sealed class RotaryFrequenciesTests
{
    private const int HeadSize = 64;

    private static readonly RotaryFrequencies Plain = RotaryFrequencies.Of(new RotaryPositions(500_000), HeadSize);

    [Fact]
    public void AreAGeometricSeries()
    {
        Assert.Equal(32, Plain.PerPosition.Length);
        Assert.Equal(1, Plain.PerPosition[0]);
        Assert.Equal(1 / Math.Sqrt(500_000), Plain.PerPosition[16], 1e-15);
        Assert.Equal(1, Plain.Magnitude);
    }

    [Fact]
    public void LinearScalingDividesAllAndDynamicScalingNoneWithinTheContext()
    {
        Assert.Equal(Plain.PerPosition.Select(f => f / 4), With(new LinearScaling(4)).PerPosition);
        Assert.Equal(Plain.PerPosition, With(new DynamicScaling(4)).PerPosition);
    }

    [Fact]
    public void Llama3KeepsShortWavesStretchesLongOnesAndBlendsBetween()
    {
        RotaryFrequencies scaled = With(new Llama3Scaling(8, 1, 4, 8192));
        for (int i = 0; i < 32; i++)
        {
            double wavelength = 2 * Math.PI / Plain.PerPosition[i];
            double factor = Plain.PerPosition[i] / scaled.PerPosition[i];
            // 8192 / 4 = 2048 and 8192 / 1 = 8192 are the bounds.
            switch (wavelength)
            {
                case < 2048: Assert.Equal(1, factor, 1e-12); break;
                case > 8192: Assert.Equal(8, factor, 1e-12); break;
                default: Assert.InRange(factor, 1, 8); break;
            }
        }

        // Worked by hand for pair 15: wavelength 2π·500000^(30/64) = 2948.30, kept = (8192/2948.30 − 1)/3 = 0.59285,
        // factor = 1/(0.40715/8 + 0.59285) = 1.55341.
        Assert.Equal(1.55341, Plain.PerPosition[15] / scaled.PerPosition[15], 1e-4);
    }

    [Fact]
    public void YarnRampsFromKeptToStretched()
    {
        RotaryFrequencies scaled = RotaryFrequencies.Of(new RotaryPositions(10_000, new YarnScaling(4, 4096)), HeadSize);
        double[] plain = RotaryFrequencies.Of(new RotaryPositions(10_000), HeadSize).PerPosition;
        // Pairs that turn 32 times and once in 4096 tokens: 32·ln(4096/(32·2π))/ln(10⁴) = 10.47 and 32·ln(4096/2π)/ln(10⁴) = 22.51.
        for (int i = 0; i < 32; i++)
        {
            double stretched = Math.Clamp((i - 10) / 13.0, 0, 1);
            Assert.Equal((stretched * plain[i] / 4) + ((1 - stretched) * plain[i]), scaled.PerPosition[i], 1e-15);
        }

        Assert.Equal((0.1 * Math.Log(4)) + 1, scaled.Magnitude, 1e-12);
        Assert.Equal(1.25, With(new YarnScaling(4, 4096, AttentionFactor: 1.25)).Magnitude);
    }

    [Fact]
    public void FactorsDivideEachFrequencyAndFitTheHead()
    {
        float[] factors = [.. Enumerable.Range(1, 32).Select(static i => (float)i)];
        Assert.Equal(Plain.PerPosition.Select((f, i) => f / (i + 1)), With(new FactorScaling(factors)).PerPosition);
        Assert.Throws<InputException>(() => RotaryFrequencies.Of(new RotaryPositions(10_000, new FactorScaling(factors)), 32));
        Assert.Equal(new FactorScaling([1, 2]), new FactorScaling([1, 2]));
        Assert.NotEqual(new FactorScaling([1, 2]), new FactorScaling([1, 3]));
        Assert.Throws<InputException>(() => new FactorScaling([1, 0]));
        Assert.Throws<InputException>(() => new FactorScaling([float.NaN]));
    }

    private static RotaryFrequencies With(RotaryScaling scaling) => RotaryFrequencies.Of(new RotaryPositions(500_000, scaling), HeadSize);
}
