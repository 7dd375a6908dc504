using System.Runtime.InteropServices;

namespace Panorama.Evaluation.Answers;

/// <summary>The references of all questions as bags of word numbers, so that one text is scored against all of them at once.</summary>
internal sealed class ReferenceBags
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _words = [];
    private readonly List<List<(int Reference, int Count)>> _postings = [];
    private readonly List<int> _frequency = [];
    private readonly List<int> _lengths = [];
    private readonly List<int> _question = [];
    private readonly int _questions;

    /// <summary>Reads the references.</summary>
    /// <param name="questions">At least one.</param>
    public ReferenceBags(IReadOnlyList<AnswerQuestion> questions)
    {
        _questions = questions.Count;
        for (int q = 0; q < questions.Count; q++)
        {
            foreach (string reference in questions[q].References)
            {
                Add(q, AnswerNormalizer.Words(reference));
            }
        }
    }

    /// <summary>References of all questions.</summary>
    public int References => _lengths.Count;

    /// <summary>A word by its number.</summary>
    /// <param name="number">0 to the number of distinct words − 1.</param>
    public string Word(int number) => _words[number];

    /// <summary>Which references hold a word, and how often.</summary>
    /// <param name="number">The word's number.</param>
    public ReadOnlySpan<(int Reference, int Count)> Postings(int number) => CollectionsMarshal.AsSpan(_postings[number]);

    /// <summary>The most frequent words; the one met first on a tie.</summary>
    /// <param name="count">At most this many.</param>
    public int[] FrequentWords(int count) => [.. Enumerable.Range(0, _words.Count).OrderByDescending(n => _frequency[n]).ThenBy(n => n).Take(count)];

    /// <summary>Mean F1 of a text over the questions, each by its best reference.</summary>
    /// <param name="words">The normalized words of the text.</param>
    public double MeanF1(IReadOnlyList<string> words)
    {
        int[] overlaps = new int[References];
        foreach (IGrouping<string, string> group in words.GroupBy(word => word, StringComparer.Ordinal))
        {
            if (_numbers.TryGetValue(group.Key, out int number))
            {
                int times = group.Count();
                foreach ((int reference, int count) in Postings(number))
                {
                    overlaps[reference] += Math.Min(times, count);
                }
            }
        }

        return MeanF1(overlaps, words.Count);
    }

    /// <summary>Mean F1 of a text by its overlaps.</summary>
    /// <param name="overlaps">Words in common with each reference.</param>
    /// <param name="length">Words of the text.</param>
    public double MeanF1(ReadOnlySpan<int> overlaps, int length)
    {
        double total = 0, best = 0;
        int current = 0;
        for (int r = 0; r < overlaps.Length; r++)
        {
            if (_question[r] != current)
            {
                current = _question[r];
                total += best;
                best = 0;
            }

            best = Math.Max(best, TokenF1.FromCounts(overlaps[r], length, _lengths[r]));
        }

        return (total + best) / _questions;
    }

    private void Add(int question, IReadOnlyList<string> words)
    {
        int reference = _lengths.Count;
        _lengths.Add(words.Count);
        _question.Add(question);
        foreach (string word in words)
        {
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, word, out bool known);
            if (!known)
            {
                number = _words.Count;
                _words.Add(word);
                _postings.Add([]);
                _frequency.Add(0);
            }

            _frequency[number]++;
            List<(int Reference, int Count)> postings = _postings[number];
            if (postings.Count > 0 && postings[^1].Reference == reference)
            {
                postings[^1] = (reference, postings[^1].Count + 1);
            }
            else
            {
                postings.Add((reference, 1));
            }
        }
    }
}
