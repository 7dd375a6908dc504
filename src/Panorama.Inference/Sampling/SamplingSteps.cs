namespace Panorama.Inference.Sampling;

/// <summary>
/// The steps between logits and draw. Each rescales or narrows the <see cref="Candidates"/> and knows nothing of the
/// others; <see cref="Sampler"/> fixes their order. A new method (min-p, typical) is one more function here.
/// </summary>
internal static class SamplingSteps
{
    /// <summary>
    /// Makes tokens that are already present less probable: positive logits are divided, others multiplied
    /// (Keskar et al. 2019, arXiv:1909.05858, with the sign rule that keeps a penalty a penalty for negative logits).
    /// </summary>
    /// <param name="candidates">Freshly loaded: index = id.</param>
    /// <param name="present">Distinct ids of prompt and output.</param>
    /// <param name="penalty">Above 1 discourages, below 1 encourages.</param>
    public static void RepetitionPenalty(Candidates candidates, ReadOnlySpan<int> present, float penalty)
    {
        Span<float> scores = candidates.Scores;
        foreach (int id in present)
        {
            float score = scores[id];
            float penalized = score > 0 ? score / penalty : score * penalty;

            // An overflow would make infinite what was finite, and infinity minus infinity is no score.
            scores[id] = float.IsFinite(score) ? Math.Clamp(penalized, float.MinValue, float.MaxValue) : score;
        }
    }

    /// <summary>Divides the distance from the best score by the temperature; the best score becomes 0, so nothing overflows upwards.</summary>
    /// <param name="candidates">Any.</param>
    /// <param name="temperature">Above 0.</param>
    public static void Temperature(Candidates candidates, float temperature)
    {
        Span<float> scores = candidates.Scores;
        float best = float.NegativeInfinity;
        foreach (float score in scores)
        {
            best = MathF.Max(best, score);
        }

        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = (scores[i] - best) / temperature;
        }
    }

    /// <summary>Keeps the k best tokens (Fan et al. 2018, arXiv:1805.04833).</summary>
    /// <param name="candidates">Any.</param>
    /// <param name="k">At least 1; more than there are keeps all.</param>
    public static void TopK(Candidates candidates, int k)
    {
        if (k >= candidates.Count)
        {
            return;
        }

        for (int i = 0; i < k; i++)
        {
            candidates.TakeBest();
        }

        candidates.KeepTaken();
    }

    /// <summary>Keeps the smallest set of best tokens whose probability reaches p (Holtzman et al. 2020, arXiv:1904.09751).</summary>
    /// <param name="candidates">Any.</param>
    /// <param name="p">In (0, 1).</param>
    public static void TopP(Candidates candidates, float p)
    {
        candidates.Weights(out double total);
        float best = candidates.TakeBest();
        double reached = 1;
        for (int taken = 1; taken < candidates.Count && reached < p * total; taken++)
        {
            reached += MathF.Exp(candidates.TakeBest() - best);
        }

        candidates.KeepTaken();
    }

    /// <summary>Draws by inverse transform: the first token at which the running sum of weights passes u × total.</summary>
    /// <param name="candidates">Any.</param>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>A token id of non-zero probability.</returns>
    public static int Draw(Candidates candidates, double u)
    {
        ReadOnlySpan<float> weights = candidates.Weights(out double total);
        double target = u * total;
        int last = 0;
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
            {
                continue;
            }

            last = i;
            sum += weights[i];
            if (sum > target)
            {
                break;
            }
        }

        return candidates.Id(last);
    }
}
