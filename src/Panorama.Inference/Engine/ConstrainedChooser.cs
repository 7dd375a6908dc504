using Panorama.Inference.Constraints;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Engine;

/// <summary>
/// Chooses with the <see cref="Sampler"/> among the tokens that a constraint allows: <see cref="GenerationRequest.Choosers"/>. The sequence
/// ends with the token that completes its text, or with an end token where the text may go on.
/// </summary>
public sealed class ConstrainedChooser : ITokenChooser
{
    private readonly Sampler _sampler;
    private readonly TokenConstraint _constraint;
    private long _position;

    /// <summary>Makes the chooser of one sequence.</summary>
    /// <param name="grammar">The constraint.</param>
    /// <param name="sampler">A new sampler that knows the prompt.</param>
    public ConstrainedChooser(TokenGrammar grammar, Sampler sampler)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(sampler);
        (_constraint, _sampler) = (grammar.Begin(), sampler);
    }

    /// <inheritdoc/>
    public ChosenToken Choose(Span<float> logits, SamplingWorkspace workspace)
    {
        logits = logits[.._sampler.VocabularySize];
        int token = _sampler.Sample(logits, _position++, workspace, _constraint.Allowed);
        _sampler.Accept(token);
        _constraint.Accept(token);
        return new ChosenToken(token)
        {
            Ends = _constraint.IsComplete,
            LogProbabilities = _sampler.Options.LogProbabilities is { } count ? LogProbabilities.Read(logits, token, count, workspace) : null,
        };
    }

    /// <inheritdoc/>
    public int Guess(ReadOnlySpan<float> logits, int ahead, SamplingWorkspace workspace) =>
        _sampler.Sample(logits[.._sampler.VocabularySize], _position + ahead, workspace, ahead == 0 ? _constraint.Allowed : default);
}
