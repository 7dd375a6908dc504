using Panorama.Inference.Engine;
using Panorama.Inference.Sampling;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Speculation;

/// <summary>Guesses the next tokens of sequences that decode.</summary>
internal interface IDrafter
{
    /// <summary>Most guesses for a sequence in a step.</summary>
    int MaxTokens { get; }

    /// <summary>Guesses for the next step: <see cref="Sequence.Guess"/>. The guesses of the last one are over.</summary>
    /// <param name="running">The running sequences.</param>
    /// <param name="workspace">Buffers for choosing.</param>
    void Draft(ReadOnlySpan<Sequence> running, SamplingWorkspace workspace);

    /// <summary>A sequence is over.</summary>
    void Forget(LiveSequence sequence);
}
