using Panorama.Inference.Engine;
using Panorama.Inference.Sampling;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Speculation;

/// <summary>
/// Guesses that what followed the sequence's last tokens before follows them again: good for code, summaries and answers that
/// quote. Costs a search through the sequence and no model; allocates nothing.
/// </summary>
/// <param name="options">Lengths.</param>
internal sealed class PromptLookup(SpeculationOptions options) : IDrafter
{
    private readonly List<LiveSequence> _targets = [];
    private readonly int[] _guess = new int[options.MaxTokens];

    /// <inheritdoc/>
    public int MaxTokens => options.MaxTokens;

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<Sequence> running, SamplingWorkspace workspace)
    {
        DraftTargets.Find(running, options, _targets);
        foreach (LiveSequence sequence in _targets)
            sequence.Guess(Continuation(sequence.Tokens, DraftTargets.Count(sequence, options)));
    }

    /// <inheritdoc/>
    public void Forget(LiveSequence sequence)
    {
        // Nothing is kept.
    }

    /// <summary>What followed the last occurrence of the sequence's end, the longest end that occurred; repeated, if the sequence ends before.</summary>
    private ReadOnlySpan<int> Continuation(ReadOnlySpan<int> tokens, int count)
    {
        for (int length = Math.Min(options.MaxMatch, tokens.Length - 1); length >= options.MinMatch; length--)
        {
            int at = tokens[..^1].LastIndexOf(tokens[^length..]);
            if (at < 0)
                continue;
            ReadOnlySpan<int> after = tokens[(at + length)..];
            for (int i = 0; i < count; i++)
                _guess[i] = i < after.Length ? after[i] : _guess[i - after.Length];
            return _guess.AsSpan(0, count);
        }

        return [];
    }
}
