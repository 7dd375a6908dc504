namespace Panorama.Inference.Sampling;

/// <summary>
/// The buffers of a draw, some 28 bytes a token of the vocabulary. One for each thread that samples, shared by its sequences.
/// </summary>
/// <param name="vocabularySize">Most ids to choose from, at least 1.</param>
public sealed class SamplingWorkspace(int vocabularySize)
{
    /// <summary>Most ids to choose from.</summary>
    public int VocabularySize { get; } = vocabularySize;

    /// <summary>The tokens in play.</summary>
    internal Candidates Candidates { get; } = new(vocabularySize);
}
