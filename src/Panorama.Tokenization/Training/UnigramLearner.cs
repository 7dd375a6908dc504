using System.Text;

namespace Panorama.Tokenization.Training;

/// <summary>Finds the pieces of a unigram model for counted words (Kudo 2018, arXiv:1804.10959, section 3.2).</summary>
/// <param name="words">The words.</param>
/// <param name="options">Limits.</param>
/// <param name="size">How many pieces to end with.</param>
internal sealed class UnigramLearner(WordCounts words, UnigramTrainerOptions options, int size)
{
    private const int LargestSeed = 1_000_000, SeedsPerPiece = 16;
    private const double Shrink = 0.75; // the share kept in a round
    private const double Slack = 1.1; // the rounds end at this many times the size, the last cut is by probability
    private const int StepsPerRound = 2;
    private const double LeastExpected = 0.5; // pieces expected less often go

    /// <summary>The pieces by falling log probability.</summary>
    public List<(string Text, double Score)> Learn(IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellation)
    {
        Dictionary<string, long> characters = Characters();
        List<(string Text, double Score)> pieces = Seeds(characters);
        int first = pieces.Count, target = Math.Max((int)(size * Slack), 1);
        while (true)
        {
            for (int step = 0; step < StepsPerRound; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                pieces = Fit(pieces, characters);
            }

            progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingPhase.FittingPieces, first - pieces.Count, Math.Max(1, first - size)));
            if (pieces.Count <= target) break;
            int before = pieces.Count;
            pieces = Prune(pieces, Math.Max(target, (int)(pieces.Count * Shrink)));
            if (pieces.Count == before) break;
        }

        return Last(pieces, characters);
    }

    private Dictionary<string, long> Characters()
    {
        var characters = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int i = 0; i < words.Count; i++)
        {
            foreach (Rune rune in Encoding.UTF8.GetString(words.Word(i)).EnumerateRunes())
            {
                string text = rune.ToString();
                characters[text] = characters.GetValueOrDefault(text) + words.Frequency(i);
            }
        }

        // Rare characters become bytes: at most half of the pieces are single characters.
        return characters.OrderByDescending(static p => p.Value).ThenBy(static p => p.Key, StringComparer.Ordinal).Take(Math.Max(1, size / 2)).ToDictionary(StringComparer.Ordinal);
    }

    // Substrings of words that occur at least twice, the ones that cover most text; counted in bounded memory.
    private List<(string Text, double Score)> Seeds(Dictionary<string, long> characters)
    {
        var substrings = new WordCounts();
        long limit = options.MemoryLimitBytes / 4;
        for (int i = 0; i < words.Count; i++)
        {
            ReadOnlySpan<byte> word = words.Word(i);
            for (int start = 0; start < word.Length; start += Length(word[start..]))
            {
                int end = start + Length(word[start..]);
                for (int length = 2; length <= options.LongestToken && end < word.Length; length++)
                {
                    end += Length(word[end..]);
                    substrings.Add(word[start..end], words.Frequency(i));
                }
            }

            if (substrings.MemoryBytes > limit) substrings.KeepMostFrequent(limit / 2);
        }

        var seeds = new List<(string Text, double Score)>();
        for (int i = 0; i < substrings.Count; i++)
        {
            if (substrings.Frequency(i) < 2) continue;
            string text = Encoding.UTF8.GetString(substrings.Word(i));
            if (!text.Contains('\uFFFD', StringComparison.Ordinal)) seeds.Add((text, substrings.Frequency(i) * (double)text.EnumerateRunes().Count()));
        }

        int most = (int)Math.Min(LargestSeed, (long)size * SeedsPerPiece);
        seeds = [.. seeds.OrderByDescending(static s => s.Score).ThenBy(static s => s.Text, StringComparer.Ordinal).Take(most), .. characters.Select(static c => (c.Key, (double)c.Value))];
        double total = Math.Log(seeds.Sum(static s => s.Score));
        return [.. seeds.Select(s => (s.Text, Math.Log(s.Score) - total))];
    }

    private static int Length(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int length);
        return length;
    }

    // One step of expectation maximization, with the digamma of a Dirichlet prior that favours few pieces.
    private List<(string Text, double Score)> Fit(List<(string Text, double Score)> pieces, Dictionary<string, long> characters)
    {
        double[] expected = new UnigramLattice(pieces).Expected(words, options.Threads);
        var kept = new List<(string Text, double Expected)>();
        for (int i = 0; i < pieces.Count; i++)
            if (expected[i] >= LeastExpected || characters.ContainsKey(pieces[i].Text)) kept.Add((pieces[i].Text, Math.Max(expected[i], LeastExpected)));
        double total = Digamma(kept.Sum(static k => k.Expected));
        return [.. kept.Select(k => (k.Text, Digamma(k.Expected) - total))];
    }

    // Keeps the pieces without which the text would be least likely. A piece without another way to write it stays.
    private List<(string Text, double Score)> Prune(List<(string Text, double Score)> pieces, int keep)
    {
        var lattice = new UnigramLattice(pieces);
        double[] used = lattice.Used(words, options.Threads);
        double sum = used.Sum(), logSum = Math.Log(sum);
        var losses = new (double Loss, int Piece)[pieces.Count];
        var path = new List<int>();
        for (int i = 0; i < pieces.Count; i++)
        {
            if (!lattice.TryBestWithout(i, path))
            {
                losses[i] = (double.MaxValue, i);
                continue;
            }

            if (used[i] == 0)
            {
                losses[i] = (double.MinValue, i);
                continue;
            }

            double alternative = 0, logAlternative = Math.Log(sum + (used[i] * (path.Count - 1)));
            foreach (int part in path) alternative += Math.Log(used[part] + used[i]) - logAlternative;
            losses[i] = (used[i] / sum * (Math.Log(used[i]) - logSum - alternative), i);
        }

        Array.Sort(losses, (a, b) => a.Loss != b.Loss ? b.Loss.CompareTo(a.Loss) : string.CompareOrdinal(pieces[a.Piece].Text, pieces[b.Piece].Text));
        int always = losses.Count(static l => l.Loss == double.MaxValue);
        return [.. losses.Take(Math.Max(keep, always)).Where(static l => l.Loss > double.MinValue).OrderBy(static l => l.Piece).Select(l => pieces[l.Piece])];
    }

    private List<(string Text, double Score)> Last(List<(string Text, double Score)> pieces, Dictionary<string, long> characters)
    {
        static IEnumerable<(string Text, double Score)> Ordered(IEnumerable<(string Text, double Score)> some) =>
            some.OrderByDescending(static p => p.Score).ThenBy(static p => p.Text, StringComparer.Ordinal);
        List<(string Text, double Score)> single = [.. pieces.Where(piece => characters.ContainsKey(piece.Text))];
        IEnumerable<(string Text, double Score)> others = Ordered(pieces.Where(piece => !characters.ContainsKey(piece.Text))).Take(Math.Max(0, size - single.Count));
        return [.. Ordered(single.Concat(others)).Take(size)];
    }

    // By recurrence up to 7, then the asymptotic series (Abramowitz and Stegun 6.3.5 and 6.3.18).
    private static double Digamma(double x)
    {
        double result = 0;
        for (; x < 7; x++) result -= 1 / x;
        x -= 0.5;
        double y = 1 / (x * x);
        return result + Math.Log(x) + (y / 24) - (7 * y * y / 960) + (31 * y * y * y / 8064) - (127 * y * y * y * y / 30720);
    }
}
