using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>How rotary angles are changed so that a model reads texts longer than those it was first trained on.</summary>
public abstract record RotaryScaling
{
    private protected static double CheckedFactor(double value) => Require.That(value is >= 1 and <= 1e6, value, "the rope scaling's factor", "a number from 1 to 1,000,000");

    private protected static int CheckedContext(int value) =>
        Require.That(value is >= 1 and <= 1 << 27, value, "original_max_position_embeddings", "1 to 134,217,728");
}

/// <summary>All angles are divided by a factor: position interpolation (Chen et al. 2023, arXiv:2306.15595).</summary>
/// <param name="Factor">The divisor, at least 1.</param>
public sealed record LinearScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc cref="LinearScaling" path="/param[@name='Factor']"/>
    public double Factor { get; init => field = CheckedFactor(value); } = CheckedFactor(Factor);
}

/// <summary>
/// The base grows with the text once that is longer than the model's context; up to the context, which is as far as this
/// project goes, nothing changes ("dynamic" in transformers).
/// </summary>
/// <param name="Factor">How fast the base grows, at least 1.</param>
public sealed record DynamicScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc cref="DynamicScaling" path="/param[@name='Factor']"/>
    public double Factor { get; init => field = CheckedFactor(value); } = CheckedFactor(Factor);
}

/// <summary>
/// Long waves are stretched, short ones kept, those between blended (Llama 3.1: Grattafiori et al. 2024, arXiv:2407.21783).
/// Wavelengths are compared with the original context divided by each frequency factor.
/// </summary>
/// <param name="Factor">How much long waves are stretched, at least 1.</param>
/// <param name="LowFrequencyFactor">Waves longer than the original context divided by this are stretched in full; above 0.</param>
/// <param name="HighFrequencyFactor">Waves shorter than the original context divided by this are kept; above the low one.</param>
/// <param name="OriginalContextLength">Tokens of the context before.</param>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength) : RotaryScaling
{
    /// <inheritdoc cref="Llama3Scaling" path="/param[@name='Factor']"/>
    public double Factor { get; init => field = CheckedFactor(value); } = CheckedFactor(Factor);

    /// <inheritdoc cref="Llama3Scaling" path="/param[@name='LowFrequencyFactor']"/>
    public double LowFrequencyFactor { get; } = Require.That(LowFrequencyFactor is > 0 and <= 1e6, LowFrequencyFactor, "low_freq_factor", "a number in (0, 1,000,000]");

    /// <inheritdoc cref="Llama3Scaling" path="/param[@name='HighFrequencyFactor']"/>
    public double HighFrequencyFactor { get; } =
        Require.That(HighFrequencyFactor > LowFrequencyFactor && HighFrequencyFactor <= 1e6, HighFrequencyFactor, "high_freq_factor", "a number above low_freq_factor, at most 1,000,000");

    /// <inheritdoc cref="Llama3Scaling" path="/param[@name='OriginalContextLength']"/>
    public int OriginalContextLength { get; init => field = CheckedContext(value); } = CheckedContext(OriginalContextLength);
}

/// <summary>YaRN: interpolation by parts, and attention scaled by a temperature (Peng et al. 2023, arXiv:2309.00071).</summary>
/// <param name="Factor">How much longer texts may become, at least 1.</param>
/// <param name="OriginalContextLength">Tokens of the context before.</param>
/// <param name="BetaFast">Waves that turn more often than this within the original context are kept; 32 in the paper.</param>
/// <param name="BetaSlow">Waves that turn less often than this are stretched in full; 1 in the paper.</param>
/// <param name="AttentionFactor">Multiplies the sines and cosines; <see langword="null"/>: 0.1·ln(factor) + 1, as in the paper.</param>
public sealed record YarnScaling(double Factor, int OriginalContextLength, double BetaFast = 32, double BetaSlow = 1, double? AttentionFactor = null) : RotaryScaling
{
    /// <inheritdoc cref="YarnScaling" path="/param[@name='Factor']"/>
    public double Factor { get; init => field = CheckedFactor(value); } = CheckedFactor(Factor);

    /// <inheritdoc cref="YarnScaling" path="/param[@name='OriginalContextLength']"/>
    public int OriginalContextLength { get; init => field = CheckedContext(value); } = CheckedContext(OriginalContextLength);

    /// <inheritdoc cref="YarnScaling" path="/param[@name='BetaSlow']"/>
    public double BetaSlow { get; } = Require.That(BetaSlow is > 0 and <= 1e6, BetaSlow, "beta_slow", "a number in (0, 1,000,000]");

    /// <inheritdoc cref="YarnScaling" path="/param[@name='BetaFast']"/>
    public double BetaFast { get; } = Require.That(BetaFast >= BetaSlow && BetaFast <= 1e6, BetaFast, "beta_fast", "a number from beta_slow to 1,000,000");

    /// <inheritdoc cref="YarnScaling" path="/param[@name='AttentionFactor']"/>
    public double? AttentionFactor { get; } = AttentionFactor is { } value ? Require.That(value is > 0 and <= 1e3, value, "attention_factor", "a number in (0, 1,000]") : null;
}

/// <summary>Every frequency has a divisor of its own, as GGUF files carry them in a tensor.</summary>
/// <param name="Factors">One divisor a rotary pair: head size / 2 numbers above 0.</param>
public sealed record FactorScaling(IReadOnlyList<float> Factors) : RotaryScaling
{
    /// <inheritdoc cref="FactorScaling" path="/param[@name='Factors']"/>
    public IReadOnlyList<float> Factors { get; } = Checked(Factors);

    /// <inheritdoc/>
    public bool Equals(FactorScaling? other) => other is not null && Factors.SequenceEqual(other.Factors);

    /// <inheritdoc/>
    public override int GetHashCode() => Factors.Count == 0 ? 0 : HashCode.Combine(Factors.Count, Factors[^1]);

    private static float[] Checked(IReadOnlyList<float> factors)
    {
        foreach (float factor in factors)
        {
            Require.That(factor is > 0 and <= 1e6f, factor, "a rope frequency factor", "a number in (0, 1,000,000]");
        }

        return [.. factors];
    }
}
