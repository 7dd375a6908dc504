using Panorama.Core.Models;
using Panorama.Core.Numerics;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Engine;

/// <summary>Chooses with the <see cref="Sampler"/>.</summary>
internal sealed class SamplerChooser : ITokenChooser
{
    private readonly Sampler _sampler;
    private readonly int _vocabularySize;
    private readonly bool _logProbabilities;
    private readonly SamplingWorkspace _workspace;
    private long _position;

    /// <summary>Makes the chooser of one sequence.</summary>
    /// <param name="vocabularySize">Ids from here on are never chosen.</param>
    /// <param name="options">Sampling.</param>
    /// <param name="prompt">What the sequence begins with.</param>
    /// <param name="index">Which of the request's sequences: each draws other numbers.</param>
    /// <param name="logProbabilities">Whether to tell how probable each token was.</param>
    public SamplerChooser(int vocabularySize, GenerationOptions options, ReadOnlySpan<int> prompt, int index, bool logProbabilities)
    {
        _vocabularySize = vocabularySize;
        _logProbabilities = logProbabilities;
        _sampler = new Sampler(vocabularySize, index == 0 ? options : options with { Seed = new CounterRandom(options.Seed, stream: 1).UInt64((ulong)index) });
        _sampler.ObservePrompt(prompt);
        _workspace = new SamplingWorkspace(vocabularySize);
    }

    /// <inheritdoc/>
    public ChosenToken Choose(Span<float> logits)
    {
        logits = logits[.._vocabularySize];
        int token = _sampler.Sample(logits, _position++, _workspace);
        _sampler.Accept(token);
        return new ChosenToken(token) { LogProbability = _logProbabilities ? LogProbability.Of(logits, token) : null };
    }
}
