using Panorama.Core.Models;

namespace Panorama.Inference.Sampling;

/// <summary>What makes tokens of the sequence less probable, or more.</summary>
internal static class Penalties
{
    /// <summary>
    /// Repetition: positive scores of tokens of prompt and output are divided, others multiplied (Keskar et al. 2019,
    /// arXiv:1909.05858, with the sign rule that keeps a penalty a penalty for negative scores). Then frequency and presence, for tokens of the output.
    /// </summary>
    /// <param name="scores">By token id.</param>
    /// <param name="history">The tokens of the sequence.</param>
    /// <param name="options">The penalties.</param>
    public static void Apply(Span<float> scores, TokenHistory history, GenerationOptions options)
    {
        foreach (ref readonly TokenHistory.Entry entry in history.Entries)
        {
            float score = scores[entry.Token];
            if (!float.IsFinite(score))
            {
                continue;
            }

            if (entry.InPrompt || entry.Outputs > 0)
            {
                score = score > 0 ? score / options.RepetitionPenalty : score * options.RepetitionPenalty;
            }

            if (entry.Outputs > 0)
            {
                score -= (options.FrequencyPenalty * entry.Outputs) + options.PresencePenalty;
            }

            // An overflow would make infinite what was finite, and infinity minus infinity is no score.
            scores[entry.Token] = Math.Clamp(score, float.MinValue, float.MaxValue);
        }
    }
}
