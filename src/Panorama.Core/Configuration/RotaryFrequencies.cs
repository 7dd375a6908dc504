using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>What rotary positions come to: the angle per position of each pair, and a factor of the sines and cosines.</summary>
/// <param name="PerPosition">Radians per position of pair i, which joins element i of a head with element i + size / 2: [head size / 2].</param>
/// <param name="Magnitude">Multiplies sines and cosines of queries and of keys alike; 1 but for YaRN.</param>
public sealed record RotaryFrequencies(double[] PerPosition, double Magnitude)
{
    /// <summary>Computes the angles.</summary>
    /// <param name="positions">Base and scaling.</param>
    /// <param name="headSize">Width of a head; even.</param>
    /// <exception cref="InputException">The scaling has factors for another head size.</exception>
    public static RotaryFrequencies Of(RotaryPositions positions, int headSize)
    {
        ArgumentNullException.ThrowIfNull(positions);
        double[] plain = new double[headSize / 2];
        for (int i = 0; i < plain.Length; i++)
        {
            plain[i] = Math.Pow(positions.Theta, -2.0 * i / headSize);
        }

        return positions.Scaling switch
        {
            null or DynamicScaling => new RotaryFrequencies(plain, 1),
            LinearScaling linear => new RotaryFrequencies(Array.ConvertAll(plain, f => f / linear.Factor), 1),
            Llama3Scaling llama => new RotaryFrequencies(Array.ConvertAll(plain, f => Llama3(llama, f)), 1),
            YarnScaling yarn => Yarn(yarn, plain, positions.Theta),
            FactorScaling factors => Divided(plain, factors.Factors),
            _ => throw new InputException($"rotary scaling {positions.Scaling} has no implementation."),
        };
    }

    private static RotaryFrequencies Divided(double[] plain, IReadOnlyList<float> factors)
    {
        Require.That(factors.Count == plain.Length, factors.Count, "the number of rope frequency factors", $"{plain.Length}, half the head size");
        return new RotaryFrequencies([.. plain.Zip(factors, static (f, factor) => f / factor)], 1);
    }

    private static double Llama3(Llama3Scaling scaling, double frequency)
    {
        double turns = scaling.OriginalContextLength * frequency / (2 * Math.PI);
        double kept = Math.Clamp((turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return ((1 - kept) * frequency / scaling.Factor) + (kept * frequency);
    }

    // Section 3.2 and 3.4 of the paper; the bounds of the ramp are rounded to pairs as its authors' program does.
    private static RotaryFrequencies Yarn(YarnScaling scaling, double[] plain, double theta)
    {
        double low = Math.Max(Math.Floor(PairThatTurns(scaling.BetaFast)), 0);
        double high = Math.Min(Math.Ceiling(PairThatTurns(scaling.BetaSlow)), (2 * plain.Length) - 1);
        double width = high == low ? 0.001 : high - low;
        double[] scaled = new double[plain.Length];
        for (int i = 0; i < scaled.Length; i++)
        {
            double stretched = Math.Clamp((i - low) / width, 0, 1);
            scaled[i] = (stretched * plain[i] / scaling.Factor) + ((1 - stretched) * plain[i]);
        }

        return new RotaryFrequencies(scaled, scaling.AttentionFactor ?? ((0.1 * Math.Log(scaling.Factor)) + 1));

        double PairThatTurns(double rotations) => plain.Length * Math.Log(scaling.OriginalContextLength / (rotations * 2 * Math.PI)) / Math.Log(theta);
    }
}
