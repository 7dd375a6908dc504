namespace Panorama.Evaluation.Answers;

/// <summary>Grows a bag of words, each time by the word that raises the mean F1 most, and keeps its best state.</summary>
internal static class GreedyBag
{
    /// <summary>Builds the bag.</summary>
    /// <param name="references">What it is scored against.</param>
    /// <param name="options">Its longest length and its vocabulary.</param>
    /// <param name="cancellation">Stops between two words.</param>
    /// <returns>The best bag met on the way: growing goes on through words that gain nothing by themselves.</returns>
    public static ConstantAnswer Build(ReferenceBags references, ConstantAnswerOptions options, CancellationToken cancellation)
    {
        int[] vocabulary = references.FrequentWords(options.BagVocabulary);
        int[] used = new int[vocabulary.Length];
        int[] overlaps = new int[references.References];
        var words = new List<string>();
        double best = references.MeanF1(overlaps, 0);
        int bestLength = 0;
        while (words.Count < options.MaxBagWords && vocabulary.Length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            int next = -1;
            double nextScore = -1;
            for (int v = 0; v < vocabulary.Length; v++)
            {
                Change(references, vocabulary[v], used[v], overlaps, +1);
                double score = references.MeanF1(overlaps, words.Count + 1);
                Change(references, vocabulary[v], used[v], overlaps, -1);
                if (score > nextScore)
                {
                    (next, nextScore) = (v, score);
                }
            }

            Change(references, vocabulary[next], used[next], overlaps, +1);
            used[next]++;
            words.Add(references.Word(vocabulary[next]));
            if (nextScore > best)
            {
                (best, bestLength) = (nextScore, words.Count);
            }
        }

        return new ConstantAnswer(string.Join(' ', words.Take(bestLength)), best, IsBagOfWords: true);
    }

    /// <summary>One more copy of a word meets every reference that holds it more often than the bag does.</summary>
    private static void Change(ReferenceBags references, int word, int used, int[] overlaps, int step)
    {
        foreach ((int reference, int count) in references.Postings(word))
        {
            if (count > used)
            {
                overlaps[reference] += step;
            }
        }
    }
}
