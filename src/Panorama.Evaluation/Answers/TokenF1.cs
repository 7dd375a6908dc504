using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Panorama.Evaluation.Answers;

/// <summary>
/// The overlap of an answer with a reference, as SQuAD scores it (Rajpurkar et al. 2016, arXiv:1606.05250): the
/// harmonic mean of precision and recall over the bags of words of <see cref="AnswerNormalizer"/>.
/// </summary>
public static class TokenF1
{
    /// <summary>F1 of an answer against one reference, 0 to 1. If either has no words: 1 when both have none, else 0.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="reference">What was expected.</param>
    public static double Score(string answer, string reference) =>
        Score(AnswerNormalizer.Words(answer), AnswerNormalizer.Words(reference));

    /// <summary>The best F1 over several acceptable references.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="references">Acceptable answers; none gives 0.</param>
    public static double Score(string answer, IReadOnlyList<string> references)
    {
        IReadOnlyList<string> words = AnswerNormalizer.Words(answer);
        double best = 0;
        foreach (string reference in references)
        {
            best = Math.Max(best, Score(words, AnswerNormalizer.Words(reference)));
        }

        return best;
    }

    /// <summary>Whether the words are the same in the same order.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="reference">What was expected.</param>
    public static bool IsExactMatch(string answer, string reference) =>
        AnswerNormalizer.Words(answer).SequenceEqual(AnswerNormalizer.Words(reference), StringComparer.Ordinal);

    /// <summary>2 × overlap / (words of one + words of the other): the harmonic mean of overlap / a and overlap / b.</summary>
    /// <param name="overlap">Words in common, counted as often as in both.</param>
    /// <param name="leftWords">Words of one side.</param>
    /// <param name="rightWords">Words of the other side.</param>
    internal static double FromCounts(int overlap, int leftWords, int rightWords) => leftWords == 0 || rightWords == 0
        ? leftWords == rightWords ? 1 : 0
        : 2.0 * overlap / (leftWords + rightWords);

    private static double Score(IReadOnlyList<string> answer, IReadOnlyList<string> reference)
    {
        var available = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in reference)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(available, word, out _)++;
        }

        int overlap = 0;
        foreach (string word in answer)
        {
            ref int left = ref CollectionsMarshal.GetValueRefOrNullRef(available, word);
            if (!Unsafe.IsNullRef(ref left) && left > 0)
            {
                left--;
                overlap++;
            }
        }

        return FromCounts(overlap, answer.Count, reference.Count);
    }
}
