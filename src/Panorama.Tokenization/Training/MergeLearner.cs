using System.Runtime.InteropServices;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Training;

/// <summary>
/// Learns merges (Sennrich et al. 2016, arXiv:1508.07909): again and again the most frequent pair of neighbouring tokens becomes
/// one token; of equally frequent pairs the one with the smaller left id, then the smaller right id. A pair whose text already is
/// a token, or a special one, is left alone, so that no text has two ids.
/// </summary>
/// <remarks>
/// Every pair knows its words, so a merge visits only those, and each merge shortens what it visits: the whole work and the whole
/// arena of words are linear in the distinct words' bytes. The queue holds upper bounds: a pair's frequency only falls once its merge
/// is done, so an outdated entry is put back with its present value.
/// </remarks>
internal sealed class MergeLearner
{
    private const int ReportEvery = 256;

    private readonly WordStore _words;
    private readonly long _minFrequency;
    private readonly string _continuingPrefix;
    private readonly PairTable _pairs = new();
    private readonly NewPairs _newPairs;
    private readonly List<int> _arena = [];
    private readonly PriorityQueue<int, (long NegatedFrequency, ulong Key)> _queue = new();
    private readonly HashSet<string> _known;
    private readonly List<string> _tokens;
    private readonly List<Merge> _merges = [];

    /// <summary>Prepares the first pairs.</summary>
    /// <param name="words">The words; consumed.</param>
    /// <param name="alphabet">The tokens that words begin as, as written, by id.</param>
    /// <param name="reserved">Texts that no merge may make, as written.</param>
    /// <param name="size">How many tokens to end with.</param>
    /// <param name="minFrequency">Rarer pairs are not merged.</param>
    /// <param name="continuingPrefix">What stands before tokens that do not begin a word; the right side of a pair loses it.</param>
    public MergeLearner(WordStore words, IEnumerable<string> alphabet, IEnumerable<string> reserved, int size, long minFrequency, string continuingPrefix = "")
    {
        (_words, _minFrequency, Size) = (words, minFrequency, size);
        _tokens = [.. alphabet];
        _continuingPrefix = continuingPrefix;
        _known = new HashSet<string>(_tokens.Concat(reserved), StringComparer.Ordinal);
        _newPairs = new NewPairs(2 * size);
    }

    /// <summary>How many tokens to end with.</summary>
    public int Size { get; }

    /// <summary>All tokens as written, in id order.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The merges by rank.</summary>
    public IReadOnlyList<Merge> Merges => _merges;

    /// <summary>Merges until there are enough tokens, or no pair is frequent enough.</summary>
    public void Learn(IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellation)
    {
        FindFirstPairs();
        while (_tokens.Count < Size && TryTakeBest(out PairTable.Pair best))
        {
            (int left, int right) = ((int)(best.Key >> 32), (int)(uint)best.Key);
            string text = Joined(left, right);
            if (!_known.Add(text)) continue;
            int token = _tokens.Count;
            _tokens.Add(text);
            _merges.Add(new Merge(left, right, token));
            foreach (int word in CollectionsMarshal.AsSpan(_arena).Slice(best.WordsStart, best.WordsCount)) Apply(left, right, token, word);
            _newPairs.MoveTo(_pairs, _minFrequency, _arena, Enqueue);
            if (_merges.Count % ReportEvery != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingPhase.MergingPairs, _tokens.Count, Size));
        }

        progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingPhase.MergingPairs, _tokens.Count, _tokens.Count));
    }

    private void Enqueue(int pair) => _queue.Enqueue(pair, (-_pairs[pair].Frequency, _pairs[pair].Key));

    private bool TryTakeBest(out PairTable.Pair best)
    {
        while (_queue.TryDequeue(out int index, out (long NegatedFrequency, ulong) bound))
        {
            best = _pairs[index];
            if (best.Frequency < _minFrequency) continue;
            if (best.Frequency == -bound.NegatedFrequency) return true;
            Enqueue(index);
        }

        best = default;
        return false;
    }

    private string Joined(int left, int right)
    {
        string end = _tokens[right];
        return _tokens[left] + (_continuingPrefix.Length > 0 && end.StartsWith(_continuingPrefix, StringComparison.Ordinal) ? end[_continuingPrefix.Length..] : end);
    }

    private void FindFirstPairs()
    {
        // A large alphabet has far fewer pairs than there could be: they are numbered as they come.
        const int SmallAlphabet = 1024;
        int alphabet = _tokens.Count;
        Dictionary<ulong, int>? numbers = alphabet <= SmallAlphabet ? null : [];
        if (numbers is not null) ForEachPair((key, _) => numbers.TryAdd(key, numbers.Count));
        var firstPairs = new NewPairs(numbers?.Count ?? alphabet * alphabet);
        ForEachPair((key, word) => firstPairs.Add(numbers is null ? ((int)(key >> 32) * alphabet) + (int)(uint)key : numbers[key], key, _words.Frequency(word), word));
        firstPairs.MoveTo(_pairs, _minFrequency, _arena, Enqueue);
    }

    private void ForEachPair(Action<ulong, int> action)
    {
        for (int word = 0; word < _words.Count; word++)
        {
            ReadOnlySpan<int> symbols = _words.Symbols(word);
            for (int i = 0; i + 1 < symbols.Length; i++) action(PairTable.Key(symbols[i], symbols[i + 1]), word);
        }
    }

    /// <summary>Merges the pair wherever it occurs in a word, from left to right, and counts the pairs that go and come.</summary>
    private void Apply(int left, int right, int token, int word)
    {
        Span<int> symbols = _words.Symbols(word);
        long times = _words.Frequency(word);
        int kept = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] != left || i + 1 == symbols.Length || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }

            if (kept > 0)
            {
                int before = symbols[kept - 1];
                if (before == token) _newPairs.Subtract(SlotAfter(left), times); // counted by the merge just before this one
                else _pairs.Subtract(PairTable.Key(before, left), times);
                _newPairs.Add(SlotBefore(before), PairTable.Key(before, token), times, word);
            }

            if (i + 2 < symbols.Length)
            {
                int after = symbols[i + 2];
                _pairs.Subtract(PairTable.Key(right, after), times);
                _newPairs.Add(SlotAfter(after), PairTable.Key(token, after), times, word);
            }

            symbols[kept++] = token;
            i++;
        }

        _words.Shorten(word, kept);
    }

    private static int SlotBefore(int other) => 2 * other;

    private static int SlotAfter(int other) => (2 * other) + 1;
}
