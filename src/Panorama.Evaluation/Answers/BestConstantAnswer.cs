using Panorama.Core.Errors;

namespace Panorama.Evaluation.Answers;

/// <summary>How hard to look for the best constant answer. Validated when made.</summary>
public sealed record ConstantAnswerOptions
{
    /// <summary>Training answers tried, the most frequent first, then the earliest; default 2,000.</summary>
    public int Candidates { get; init => field = Require.That(value is >= 1 and <= 100_000, value, "candidate answers", "1 to 100,000"); } = 2000;

    /// <summary>Longest bag of words built, in words; default 64, above the length at which the bag stops gaining on sentences.</summary>
    public int MaxBagWords { get; init => field = Require.That(value is >= 1 and <= 1000, value, "words of the bag", "1 to 1,000"); } = 64;

    /// <summary>Distinct words the bag may draw from, the most frequent of the held-out references; default 500.</summary>
    public int BagVocabulary { get; init => field = Require.That(value is >= 1 and <= 100_000, value, "vocabulary of the bag", "1 to 100,000"); } = 500;
}

/// <summary>The best that one fixed text can do for all questions.</summary>
/// <param name="Text">That text.</param>
/// <param name="MeanF1">Its mean token F1 over the questions.</param>
/// <param name="IsBagOfWords">Whether it is a built bag of words rather than a training answer.</param>
public sealed record ConstantAnswer(string Text, double MeanF1, bool IsBagOfWords);

/// <summary>
/// The baseline for answers: the one text that, given to every question, has the highest mean token F1.
/// </summary>
/// <remarks>
/// It is chosen with the held-out references in view, so it is close to an upper bound of what a model can reach that
/// ignores the question: a deliberately strong baseline. Two families are searched: the training answers, and a bag of
/// words grown greedily by the word that raises the mean F1 most. Deterministic: ties go to the earlier candidate.
/// </remarks>
public static class BestConstantAnswer
{
    /// <summary>Finds the best constant answer.</summary>
    /// <param name="questions">The held-out questions.</param>
    /// <param name="trainingAnswers">Answers seen in training; read once, only distinct ones are held. May be empty.</param>
    /// <param name="options">Bounds of the search; <see langword="null"/>: the defaults.</param>
    /// <param name="cancellation">Stops between two candidates.</param>
    /// <exception cref="InputException">No question.</exception>
    public static ConstantAnswer Find(
        IReadOnlyList<AnswerQuestion> questions,
        IEnumerable<string> trainingAnswers,
        ConstantAnswerOptions? options = null,
        CancellationToken cancellation = default)
    {
        if (questions.Count == 0)
        {
            throw new InputException("There is no question to find a constant answer for; give at least one.");
        }

        options ??= new ConstantAnswerOptions();
        var references = new ReferenceBags(questions);
        return Best(GreedyBag.Build(references, options, cancellation), references, trainingAnswers, options, cancellation);
    }

    /// <summary>As <see cref="Find"/>, among the training answers alone: the best thing that is an answer.</summary>
    /// <inheritdoc cref="Find" path="/param"/>
    /// <inheritdoc cref="Find" path="/exception"/>
    public static ConstantAnswer FindAnswer(
        IReadOnlyList<AnswerQuestion> questions,
        IEnumerable<string> trainingAnswers,
        ConstantAnswerOptions? options = null,
        CancellationToken cancellation = default)
    {
        if (questions.Count == 0)
        {
            throw new InputException("There is no question to find a constant answer for; give at least one.");
        }

        return Best(new ConstantAnswer("", 0, IsBagOfWords: true), new ReferenceBags(questions), trainingAnswers, options ?? new ConstantAnswerOptions(), cancellation);
    }

    private static ConstantAnswer Best(ConstantAnswer best, ReferenceBags references, IEnumerable<string> trainingAnswers, ConstantAnswerOptions options, CancellationToken cancellation)
    {
        foreach (string candidate in MostFrequent(trainingAnswers, options.Candidates))
        {
            cancellation.ThrowIfCancellationRequested();
            double score = references.MeanF1(AnswerNormalizer.Words(candidate));

            // A real answer is preferred to a bag that is no better.
            if (score > best.MeanF1 || (score == best.MeanF1 && best.IsBagOfWords))
            {
                best = new ConstantAnswer(candidate, score, IsBagOfWords: false);
            }
        }

        return best;
    }

    private static IEnumerable<string> MostFrequent(IEnumerable<string> answers, int count)
    {
        var seen = new Dictionary<string, (int Count, int Order)>(StringComparer.Ordinal);
        foreach (string answer in answers)
        {
            (int times, int order) = seen.GetValueOrDefault(answer, (0, seen.Count));
            seen[answer] = (times + 1, order);
        }

        return seen
            .OrderByDescending(entry => entry.Value.Count)
            .ThenBy(entry => entry.Value.Order)
            .Take(count)
            .Select(entry => entry.Key);
    }
}
