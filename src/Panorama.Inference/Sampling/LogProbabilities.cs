using Panorama.Core.Models;

namespace Panorama.Inference.Sampling;

/// <summary>Log-probabilities of a distribution given by logits, as the model gave them: the softmax at temperature 1.</summary>
public static class LogProbabilities
{
    /// <summary>Finds the log-probability of the chosen token and the most probable ones.</summary>
    /// <param name="logits">[V], none NaN or +∞, not all −∞.</param>
    /// <param name="chosen">The id chosen.</param>
    /// <param name="top">Filled with the most probable tokens, best first, the lower id on a tie; at most V.</param>
    /// <param name="workspace">Buffers; what they held is lost.</param>
    /// <returns>log p of the chosen token in nats.</returns>
    public static float Read(ReadOnlySpan<float> logits, int chosen, Span<TokenLogProbability> top, SamplingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ScoreKernels.TryMaximum(logits, out float best);
        Candidates candidates = workspace.Candidates;
        candidates.Load(logits);
        candidates.Scale(best, temperature: 1);
        float normalizer = best + (float)Math.Log(candidates.Total());
        if (!top.IsEmpty)
        {
            candidates.KeepTop(top.Length);
            candidates.CopyBest(top);
            foreach (ref TokenLogProbability entry in top)
            {
                entry = entry with { LogProbability = entry.LogProbability - normalizer };
            }
        }

        return logits[chosen] - normalizer;
    }

    /// <summary>The same as a record that may be kept.</summary>
    /// <param name="logits">[V], none NaN or +∞, not all −∞.</param>
    /// <param name="chosen">The id chosen.</param>
    /// <param name="count">How many of the most probable tokens are told.</param>
    /// <param name="workspace">Buffers; what they held is lost.</param>
    public static TokenLogProbabilities Read(ReadOnlySpan<float> logits, int chosen, int count, SamplingWorkspace workspace)
    {
        var top = new TokenLogProbability[Math.Min(count, logits.Length)];
        return new TokenLogProbabilities(new TokenLogProbability(chosen, Read(logits, chosen, top, workspace)), top);
    }
}
