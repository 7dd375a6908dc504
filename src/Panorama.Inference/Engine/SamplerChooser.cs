using Panorama.Core.Models;
using Panorama.Core.Numerics;
using Panorama.Inference.Constraints;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Engine;

/// <summary>
/// Chooses with the <see cref="Sampler"/>, among the tokens that a constraint allows if there is one. A constrained sequence ends with
/// the token that completes its text, or with an end token where the text may go on.
/// </summary>
internal sealed class SamplerChooser : ITokenChooser
{
    private readonly Sampler _sampler;
    private readonly TokenConstraint? _constraint;
    private long _position;

    /// <summary>Makes the chooser of one sequence.</summary>
    /// <param name="vocabularySize">Ids from here on are never chosen.</param>
    /// <param name="options">Sampling.</param>
    /// <param name="prompt">What the sequence begins with.</param>
    /// <param name="index">Which of the request's sequences: each draws other numbers.</param>
    /// <param name="constraint">What the text must meet, or null.</param>
    public SamplerChooser(int vocabularySize, GenerationOptions options, ReadOnlySpan<int> prompt, int index, TokenGrammar? constraint = null)
    {
        _constraint = constraint?.Begin();
        _sampler = new Sampler(vocabularySize, index == 0 ? options : options with { Seed = new CounterRandom(options.Seed, stream: 1).UInt64((ulong)index) });
        _sampler.ObservePrompt(prompt);
    }

    /// <inheritdoc/>
    public ChosenToken Choose(Span<float> logits, SamplingWorkspace workspace)
    {
        logits = logits[.._sampler.VocabularySize];
        int token = _sampler.Sample(logits, _position++, workspace, _constraint is null ? default : _constraint.Allowed);
        _sampler.Accept(token);
        _constraint?.Accept(token);
        return new ChosenToken(token)
        {
            Ends = _constraint is { IsComplete: true },
            LogProbabilities = _sampler.Options.LogProbabilities is { } count ? LogProbabilities.Read(logits, token, count, workspace) : null,
        };
    }

    /// <inheritdoc/>
    public int Guess(ReadOnlySpan<float> logits, int ahead, SamplingWorkspace workspace) =>
        _sampler.Sample(logits[.._sampler.VocabularySize], _position + ahead, workspace, ahead == 0 && _constraint is not null ? _constraint.Allowed : default);
}
