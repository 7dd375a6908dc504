using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Core.Numerics;

namespace Panorama.Inference.Sampling;

/// <summary>
/// Chooses the next token from logits: repetition penalty, temperature, top-k, top-p, draw, in this order.
/// One instance serves one sequence; nothing is allocated after construction.
/// </summary>
/// <remarks>
/// The n-th choice draws its number from (seed, n) alone, so the same seed, options and logits give the same tokens
/// on every run. Temperature 0 is exact: the highest logit, the lowest id on a tie, whatever the seed.
/// </remarks>
public sealed class Sampler
{
    private readonly GenerationOptions _options;
    private readonly CounterRandom _random;
    private readonly Candidates _candidates;
    private readonly int[] _present;
    private readonly bool[] _isPresent;
    private readonly int _vocabularySize;
    private int _presentCount;
    private ulong _draws;

    /// <summary>Makes a sampler for one sequence.</summary>
    /// <param name="vocabularySize">Number of ids to choose from, at least 1.</param>
    /// <param name="options">Temperature, filters, penalty and seed.</param>
    public Sampler(int vocabularySize, GenerationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        _options = options;
        _random = new CounterRandom(options.Seed);
        _vocabularySize = vocabularySize;
        _candidates = new Candidates(vocabularySize);
        bool remembers = options.RepetitionPenalty != 1;
        _present = remembers ? new int[vocabularySize] : [];
        _isPresent = remembers ? new bool[vocabularySize] : [];
    }

    /// <summary>Tells the sampler which tokens the sequence holds, for the repetition penalty: the prompt, then each choice.</summary>
    /// <param name="tokens">Ids; those outside the vocabulary are ignored, as they can never be chosen.</param>
    public void Observe(ReadOnlySpan<int> tokens)
    {
        if (_isPresent.Length == 0)
        {
            return;
        }

        foreach (int token in tokens)
        {
            if ((uint)token < (uint)_isPresent.Length && !_isPresent[token])
            {
                _isPresent[token] = true;
                _present[_presentCount++] = token;
            }
        }
    }

    /// <summary>Chooses a token. It is not observed by itself: the caller may still refuse it.</summary>
    /// <param name="logits">[vocabularySize]; −∞ rules a token out.</param>
    /// <returns>An id in [0, vocabularySize).</returns>
    /// <exception cref="ArgumentException">The length is not the vocabulary size.</exception>
    /// <exception cref="JobException">A logit is NaN or +∞, or all are −∞.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _vocabularySize)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{logits.Length} logits, but the vocabulary has {_vocabularySize} ids"), nameof(logits));
        }

        int best = CheckedArgMax(logits);
        ulong draw = _draws++;
        bool greedy = _options.Temperature == 0;
        if (greedy && _presentCount == 0)
        {
            return best;
        }

        _candidates.Load(logits);
        if (_presentCount > 0)
        {
            SamplingSteps.RepetitionPenalty(_candidates, _present.AsSpan(0, _presentCount), _options.RepetitionPenalty);
        }

        if (greedy)
        {
            return ArgMax(_candidates.Scores);
        }

        SamplingSteps.Temperature(_candidates, _options.Temperature);
        if (_options.TopK > 0)
        {
            SamplingSteps.TopK(_candidates, _options.TopK);
        }

        if (_options.TopP < 1)
        {
            SamplingSteps.TopP(_candidates, _options.TopP);
        }

        return SamplingSteps.Draw(_candidates, _random.Double(draw));
    }

    private int CheckedArgMax(ReadOnlySpan<float> logits)
    {
        for (int id = 0; id < logits.Length; id++)
        {
            // Also false for NaN.
            if (!(logits[id] < float.PositiveInfinity))
            {
                throw Broken(logits[id], id);
            }
        }

        int best = ArgMax(logits);
        return logits[best] > float.NegativeInfinity ? best : throw Broken(logits[best], index: -1);
    }

    private static int ArgMax(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
            {
                best = i;
            }
        }

        return best;
    }

    private JobException Broken(float value, int index)
    {
        string what = index < 0
            ? "are all −infinity"
            : string.Create(CultureInfo.InvariantCulture, $"hold {(float.IsNaN(value) ? "NaN" : "+infinity")} (first at id {index} of {_vocabularySize})");
        return new JobException(string.Create(
            CultureInfo.InvariantCulture,
            $"The model's logits for new token {_draws + 1} {what}: no token can be chosen. Its weights are broken or overflow; use another checkpoint."));
    }
}
