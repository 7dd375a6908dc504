using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Core.Numerics;

namespace Panorama.Inference.Sampling;

/// <summary>
/// Chooses the next token of one sequence from logits. The steps, in this order: logit bias; repetition, frequency and
/// presence penalty; constraint; greedy choice, or temperature, top-k, top-p, min-p, typical, draw. These are the order of
/// vLLM up to the temperature and that of transformers after it.
/// </summary>
/// <remarks>
/// <para>
/// A choice depends on the logits, the options, the tokens accepted so far and its position alone: the number drawn
/// comes from (seed, position). So a sequence that is rewound, forked or computed again chooses the same, and a draft is
/// verified exactly by choosing at each of its positions and going on while the choices agree.
/// </para>
/// <para>
/// Temperature 0 is exact: the highest score, the lowest id on a tie, whatever the seed. Ties are settled by the lower id
/// elsewhere, too. Nothing is allocated for a token.
/// </para>
/// </remarks>
public sealed class Sampler
{
    private readonly CounterRandom _random;
    private readonly TokenHistory? _history;
    private readonly int[] _biased;
    private readonly float[] _biases;

    /// <summary>Makes a sampler for one sequence.</summary>
    /// <param name="vocabularySize">Number of ids to choose from, at least 1.</param>
    /// <param name="options">Temperature, filters, penalties and seed.</param>
    /// <exception cref="InputException">The bias names a token outside the vocabulary.</exception>
    public Sampler(int vocabularySize, GenerationOptions options)
        : this(vocabularySize, options, history: null)
    {
        bool remembers = options.RepetitionPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0;
        _history = remembers ? new TokenHistory(Math.Min(options.MaxTokens, Math.Min(vocabularySize, 1024))) : null;
    }

    private Sampler(int vocabularySize, GenerationOptions options, TokenHistory? history)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        VocabularySize = vocabularySize;
        _random = new CounterRandom(options.Seed);
        _history = history;
        _biased = [.. options.LogitBias.Keys];
        _biases = Array.ConvertAll(_biased, token => options.LogitBias[token]);
        foreach (int token in _biased)
        {
            Require.That(token < vocabularySize, token, "a token of logit_bias", string.Create(CultureInfo.InvariantCulture, $"an id of the vocabulary, 0 to {vocabularySize - 1}"));
        }
    }

    /// <summary>Number of ids to choose from.</summary>
    public int VocabularySize { get; }

    /// <summary>How tokens are chosen.</summary>
    public GenerationOptions Options { get; }

    /// <summary>Tells which tokens the prompt holds: the repetition penalty is on them, too.</summary>
    /// <param name="tokens">Ids; those outside the vocabulary are ignored, as they can never be chosen.</param>
    public void ObservePrompt(ReadOnlySpan<int> tokens)
    {
        if (_history is null || Options.RepetitionPenalty == 1)
        {
            return;
        }

        foreach (int token in tokens)
        {
            if ((uint)token < (uint)VocabularySize)
            {
                _history.AddPrompt(token);
            }
        }
    }

    /// <summary>Tells that a token became part of the output.</summary>
    /// <param name="token">Its id.</param>
    public void Accept(int token)
    {
        if ((uint)token < (uint)VocabularySize)
        {
            _history?.AddOutput(token);
        }
    }

    /// <summary>Takes tokens of the output back.</summary>
    /// <param name="tokens">Accepted ones.</param>
    public void Rewind(ReadOnlySpan<int> tokens)
    {
        if (_history is null)
        {
            return;
        }

        foreach (int token in tokens)
        {
            if ((uint)token < (uint)VocabularySize)
            {
                _history.RemoveOutput(token);
            }
        }
    }

    /// <summary>A sampler that goes on from here on its own, with another seed.</summary>
    /// <param name="seed">The seed of the new sequence.</param>
    public Sampler Fork(ulong seed) => new(VocabularySize, Options with { Seed = seed }, _history?.Fork());

    /// <summary>Chooses a token. It is not accepted by itself: the caller may still refuse it.</summary>
    /// <param name="logits">[VocabularySize], as the model gave them; −∞ rules a token out.</param>
    /// <param name="position">The place of the token in the output: 0 for the first after the prompt.</param>
    /// <param name="workspace">Buffers for at least as many ids.</param>
    /// <param name="allowed">Bit t % 32 of word t / 32 tells whether token t may be chosen; empty: all may.</param>
    /// <returns>An id in [0, VocabularySize).</returns>
    /// <exception cref="ArgumentException">The length is not the vocabulary size, or the workspace is too small.</exception>
    /// <exception cref="JobException">A logit is NaN or +∞, or all that may be chosen are −∞.</exception>
    public int Sample(ReadOnlySpan<float> logits, long position, SamplingWorkspace workspace, ReadOnlySpan<uint> allowed = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (logits.Length != VocabularySize || workspace.VocabularySize < VocabularySize)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{logits.Length} logits and room for {workspace.VocabularySize}, but the vocabulary has {VocabularySize} ids"), nameof(logits));
        }

        if (!ScoreKernels.TryMaximum(logits, out float best))
        {
            throw Broken(logits, position);
        }

        bool greedy = Options.Temperature == 0;
        bool changes = _biased.Length > 0 || _history is { Count: > 0 } || !allowed.IsEmpty;
        Candidates candidates = workspace.Candidates;
        if (changes || !greedy)
        {
            candidates.Load(logits);
        }

        if (changes)
        {
            Change(candidates.Scores, allowed);
            ScoreKernels.TryMaximum(candidates.Scores, out best);
        }

        if (best == float.NegativeInfinity)
        {
            throw NoneLeft(position, allowed);
        }

        if (greedy)
        {
            return ScoreKernels.IndexOf(changes ? candidates.Scores : logits, best);
        }

        candidates.Scale(best, Options.Temperature);
        Narrow(candidates);
        return candidates.Draw(_random.Double((ulong)position));
    }

    private void Change(Span<float> scores, ReadOnlySpan<uint> allowed)
    {
        for (int i = 0; i < _biased.Length; i++)
        {
            scores[_biased[i]] += _biases[i];
        }

        if (_history is not null)
        {
            Penalties.Apply(scores, _history, Options);
        }

        if (!allowed.IsEmpty)
        {
            ScoreKernels.Mask(scores, allowed);
        }
    }

    private void Narrow(Candidates candidates)
    {
        if (Options.TopK > 0)
        {
            candidates.KeepTop(Options.TopK);
        }

        if (Options.TopP < 1)
        {
            candidates.KeepNucleus(Options.TopP);
        }

        if (Options.MinP > 0)
        {
            candidates.KeepAbove(Options.MinP);
        }

        if (Options.TypicalP < 1)
        {
            candidates.KeepTypical(Options.TypicalP);
        }
    }

    private static JobException Broken(ReadOnlySpan<float> logits, long position)
    {
        int at = 0;
        while (logits[at] < float.PositiveInfinity)
        {
            at++;
        }

        return new JobException(string.Create(
            CultureInfo.InvariantCulture,
            $"The model's logits for new token {position + 1} hold {(float.IsNaN(logits[at]) ? "NaN" : "+infinity")} (first at id {at} of {logits.Length}): no token can be chosen. Its weights are broken or overflow; use another checkpoint."));
    }

    private static JobException NoneLeft(long position, ReadOnlySpan<uint> allowed) => new(allowed.IsEmpty
        ? string.Create(CultureInfo.InvariantCulture, $"The model's logits for new token {position + 1} are all −infinity: no token can be chosen. Its weights are broken or overflow; use another checkpoint.")
        : string.Create(CultureInfo.InvariantCulture, $"The model's logits for new token {position + 1} are −infinity for every token that the constraint allows: none can be chosen. Loosen the constraint, or use another checkpoint."));
}
