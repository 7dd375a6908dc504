using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Training;

/// <summary>
/// Counts words of many texts in parallel. Texts are gathered into blocks whose borders depend on the texts alone; a block is
/// counted by all threads and added to the whole before anything is forgotten, so no result depends on the threads.
/// </summary>
internal sealed class WordCounter
{
    /// <summary>Longer words (hashes, base64, text without spaces) are counted in parts of at most this many bytes: bounds the work of a merge.</summary>
    public const int LongestWord = 256;

    private const int BlockChars = 8 << 20;
    private const int PiecesAtOnce = 16;
    private const int MemoryShare = 16; // the merge phase takes up to 15 times the words' bytes: see MergeLearner

    private readonly BpeTrainerOptions _options;
    private readonly IProgress<BpeTrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly WordCounts[] _perThread;
    private readonly WordCounts _total = new();

    private WordCounter(BpeTrainerOptions options, IProgress<BpeTrainingProgress>? progress, CancellationToken cancellation)
    {
        (_options, _progress, _cancellation) = (options, progress, cancellation);
        _perThread = new WordCounts[options.Threads];
        for (int i = 0; i < _perThread.Length; i++) _perThread[i] = new WordCounts();
    }

    /// <summary>Counts all words; while one block is counted the next is read.</summary>
    public static WordCounts Count(IEnumerable<string> texts, BpeTrainerOptions options, IProgress<BpeTrainingProgress>? progress, CancellationToken cancellation)
    {
        var counter = new WordCounter(options, progress, cancellation);
        Task counting = Task.CompletedTask;
        long chars = 0;
        try
        {
            foreach (List<TextPiece> block in Blocks(texts))
            {
                counting.GetAwaiter().GetResult();
                cancellation.ThrowIfCancellationRequested();
                foreach (TextPiece piece in block) chars += piece.Length;
                progress?.Report(new BpeTrainingProgress(BpeTrainingPhase.CountingWords, chars, 0));
                counting = Task.Run(() => counter.CountBlock(block), CancellationToken.None);
            }
        }
        finally
        {
            Task.WaitAny([counting], CancellationToken.None); // never leave a task behind, also when the source of texts fails
        }

        counting.GetAwaiter().GetResult();
        return counter._total;
    }

    private static IEnumerable<List<TextPiece>> Blocks(IEnumerable<string> texts)
    {
        var block = new List<TextPiece>();
        long chars = 0;
        foreach (TextPiece piece in texts.SelectMany(TextPieces.Of))
        {
            block.Add(piece);
            chars += piece.Length;
            if (chars < BlockChars) continue;
            yield return block;
            block = [];
            chars = 0;
        }

        if (block.Count > 0) yield return block;
    }

    private void CountBlock(List<TextPiece> block)
    {
        int next = 0;
        Parallel.For(0, _perThread.Length, new ParallelOptions { MaxDegreeOfParallelism = _perThread.Length }, thread =>
        {
            byte[] utf8 = ArrayPool<byte>.Shared.Rent(1 << 16);
            for (int from; (from = Interlocked.Add(ref next, PiecesAtOnce) - PiecesAtOnce) < block.Count && !_cancellation.IsCancellationRequested;)
            {
                foreach (TextPiece piece in CollectionsMarshal.AsSpan(block).Slice(from, Math.Min(PiecesAtOnce, block.Count - from)))
                    CountPiece(piece.Span, ref utf8, _perThread[thread]);
            }

            ArrayPool<byte>.Shared.Return(utf8);
        });
        _cancellation.ThrowIfCancellationRequested();

        foreach (WordCounts counts in _perThread)
        {
            _total.Add(counts);
            counts.Clear();
        }

        long share = _options.MemoryLimitBytes / MemoryShare;
        if (_total.MemoryBytes > share) _total.KeepMostFrequent(share / 2);
    }

    private void CountPiece(ReadOnlySpan<char> text, ref byte[] utf8, WordCounts counts)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (utf8.Length < most)
        {
            ArrayPool<byte>.Shared.Return(utf8);
            utf8 = ArrayPool<byte>.Shared.Rent(most);
        }

        ReadOnlySpan<byte> bytes = utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8));
        switch (_options.PreTokenizer)
        {
            case SplitPattern.Llama3: CountWords<Llama3Scanner>(bytes, counts); break;
            case SplitPattern.Qwen2: CountWords<Qwen2Scanner>(bytes, counts); break;
            case SplitPattern.Gpt4o: CountWords<Gpt4oScanner>(bytes, counts); break;
            case SplitPattern.DeepSeekV3: CountWords<DeepSeekScanner>(bytes, counts); break;
            default: CountWords<Gpt2Scanner>(bytes, counts); break;
        }
    }

    private static void CountWords<TScanner>(ReadOnlySpan<byte> text, WordCounts counts)
        where TScanner : struct, IScanner
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = TScanner.WordEnd(text, start);
            while (end - start > LongestWord)
            {
                int cut = start + LongestWord;
                while ((text[cut] & 0xC0) == 0x80) cut--; // not inside a character; .NET wrote this UTF-8, so it is valid
                counts.Add(text[start..cut], 1);
                start = cut;
            }

            counts.Add(text[start..end], 1);
            start = end;
        }
    }
}
