using System.Text;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Training;

/// <summary>All ways to write words with the pieces of a model. Immutable; sums are taken in an order that does not depend on the threads.</summary>
internal sealed class UnigramLattice
{
    private const int Partitions = 8; // fixed: sums of floating point numbers depend on their order
    private readonly List<(string Text, double Score)> _pieces;
    private readonly ByteTrie _trie = new();
    private readonly double _unknownScore;

    /// <summary>Indexes the pieces.</summary>
    public UnigramLattice(List<(string Text, double Score)> pieces)
    {
        _pieces = pieces;
        for (int i = 0; i < pieces.Count; i++) _trie.Add(Encoding.UTF8.GetBytes(pieces[i].Text), i);
        _unknownScore = pieces.Min(static p => p.Score) - 10;
    }

    /// <summary>How often each piece is expected over all ways, weighted by their probability: [pieces].</summary>
    public double[] Expected(WordCounts words, int threads) => Sum(words, threads, static (lattice, word, frequency, counts) => lattice.AddExpected(word, frequency, counts));

    /// <summary>How often each piece is used by the most probable ways: [pieces].</summary>
    public double[] Used(WordCounts words, int threads) => Sum(words, threads, static (lattice, word, frequency, counts) =>
    {
        var path = new List<int>();
        lattice.Best(word, without: -1, path);
        foreach (int piece in path)
            if (piece >= 0) counts[piece] += frequency;
    });

    /// <summary>The most probable way to write a piece with others; false when there is none.</summary>
    public bool TryBestWithout(int piece, List<int> path)
    {
        Best(Encoding.UTF8.GetBytes(_pieces[piece].Text), piece, path);
        return !path.Contains(-1);
    }

    private double[] Sum(WordCounts words, int threads, Action<UnigramLattice, ReadOnlySpan<byte>, double, double[]> add)
    {
        var parts = new double[Partitions][];
        Parallel.For(0, Partitions, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            var counts = new double[_pieces.Count];
            for (int i = part; i < words.Count; i += Partitions) add(this, words.Word(i), words.Frequency(i), counts);
            parts[part] = counts;
        });
        var total = new double[_pieces.Count];
        foreach (double[] part in parts)
            for (int i = 0; i < total.Length; i++) total[i] += part[i];
        return total;
    }

    // Forward and backward sums of probabilities, as logarithms.
    private void AddExpected(ReadOnlySpan<byte> word, double frequency, double[] counts)
    {
        Span<double> forward = stackalloc double[WordCutter.LongestWord + 1], backward = stackalloc double[WordCutter.LongestWord + 1];
        forward = forward[..(word.Length + 1)];
        backward = backward[..(word.Length + 1)];
        forward.Fill(double.NegativeInfinity);
        backward.Fill(double.NegativeInfinity);
        (forward[0], backward[^1]) = (0, 0);
        for (int start = 0; start < word.Length; start++)
        {
            if (!IsStart(word, start) || double.IsNegativeInfinity(forward[start])) continue;
            bool single = false;
            int node = ByteTrie.Root, length = Length(word[start..]);
            for (int end = start; end < word.Length && _trie.TryStep(ref node, word[end], out int piece);)
            {
                end++;
                if (piece == ByteTrie.None) continue;
                single |= end - start == length;
                forward[end] = LogAdd(forward[end], forward[start] + _pieces[piece].Score);
            }

            if (!single) forward[start + length] = LogAdd(forward[start + length], forward[start] + _unknownScore);
        }

        double total = forward[^1];
        for (int start = word.Length - 1; start >= 0; start--)
        {
            if (!IsStart(word, start)) continue;
            bool single = false;
            int node = ByteTrie.Root, length = Length(word[start..]);
            for (int end = start; end < word.Length && _trie.TryStep(ref node, word[end], out int piece);)
            {
                end++;
                if (piece == ByteTrie.None) continue;
                single |= end - start == length;
                double score = _pieces[piece].Score + backward[end];
                backward[start] = LogAdd(backward[start], score);
                counts[piece] += frequency * Math.Exp(forward[start] + score - total);
            }

            if (!single) backward[start] = LogAdd(backward[start], _unknownScore + backward[start + length]);
        }
    }

    private void Best(ReadOnlySpan<byte> word, int without, List<int> path)
    {
        Span<double> best = stackalloc double[WordCutter.LongestWord + 1];
        Span<(int Start, int Piece)> from = stackalloc (int, int)[WordCutter.LongestWord + 1];
        best[..(word.Length + 1)].Fill(double.NegativeInfinity);
        best[0] = 0;
        for (int start = 0, length; start < word.Length; start += length)
        {
            length = Length(word[start..]);
            bool single = false;
            int node = ByteTrie.Root;
            for (int end = start; end < word.Length && _trie.TryStep(ref node, word[end], out int piece);)
            {
                end++;
                if (piece == ByteTrie.None || piece == without) continue;
                single |= end - start == length;
                if (best[start] + _pieces[piece].Score > best[end]) (best[end], from[end]) = (best[start] + _pieces[piece].Score, (start, piece));
            }

            if (!single && best[start] + _unknownScore > best[start + length]) (best[start + length], from[start + length]) = (best[start] + _unknownScore, (start, -1));
        }

        path.Clear();
        for (int end = word.Length; end > 0; end = from[end].Start) path.Add(from[end].Piece);
    }

    private static bool IsStart(ReadOnlySpan<byte> word, int at) => (word[at] & 0xC0) != 0x80;

    private static int Length(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int length);
        return length;
    }

    private static double LogAdd(double a, double b)
    {
        if (double.IsNegativeInfinity(a)) return b;
        (double high, double low) = a > b ? (a, b) : (b, a);
        return high + Math.Log(1 + Math.Exp(low - high));
    }
}
