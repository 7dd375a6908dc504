using Panorama.Inference.Sampling;

namespace Panorama.Inference.Engine;

/// <summary>
/// Turns the logits of one sequence into its tokens: sampling, penalties, constraints, log probabilities. One object per
/// sequence, called by one thread at a time, once for each token of the sequence and in their order, whatever the
/// batch, preemption or guessed tokens: a chooser that is a function of the logits and its own state gives the same tokens.
/// </summary>
public interface ITokenChooser
{
    /// <summary>Chooses the next token and counts it as part of the sequence.</summary>
    /// <param name="logits">[vocabulary]; may be overwritten.</param>
    /// <param name="workspace">The thread's buffers; what they held is lost.</param>
    /// <returns>The token, and what is to be known about it.</returns>
    /// <exception cref="Core.Errors.PanoramaException">No token can be chosen: ends this request, not the others.</exception>
    ChosenToken Choose(Span<float> logits, SamplingWorkspace workspace);

    /// <summary>
    /// Guesses what <see cref="Choose"/> will choose, from the logits of a smaller model. Any answer is right, as a guess
    /// is only kept when it is chosen; one that draws the same random number as the choice will is right more often.
    /// </summary>
    /// <param name="logits">[vocabulary] of the smaller model.</param>
    /// <param name="ahead">Guesses between the last chosen token and this one.</param>
    /// <param name="workspace">The thread's buffers; what they held is lost.</param>
    int Guess(ReadOnlySpan<float> logits, int ahead, SamplingWorkspace workspace);
}
