using Panorama.Inference.Engine;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Speculation;

/// <summary>Which sequences get guesses, and how many.</summary>
internal static class DraftTargets
{
    /// <summary>Drops the guesses of the last step and finds the sequences to guess for: those that decode, if they are not too many.</summary>
    /// <param name="running">The running sequences.</param>
    /// <param name="options">How many are too many.</param>
    /// <param name="targets">Filled.</param>
    public static void Find(ReadOnlySpan<Sequence> running, SpeculationOptions options, List<LiveSequence> targets)
    {
        targets.Clear();
        int decoding = 0;
        foreach (Sequence sequence in running)
        {
            sequence.Guess([]);
            if (sequence.Paused || sequence.Remaining != 1)
                continue;
            decoding++;
            if (sequence.MostDrafts > 0)
                targets.Add((LiveSequence)sequence);
        }

        if (decoding > options.MaxSequences)
            targets.Clear();
    }

    /// <summary>How many tokens to guess.</summary>
    public static int Count(LiveSequence sequence, SpeculationOptions options) =>
        Math.Min(Math.Min(sequence.Reach, options.MaxTokens), sequence.MostDrafts);
}
