using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Training;

/// <summary>
/// Counts words of many texts in parallel. Texts are gathered into blocks whose borders depend on the texts alone; a block is
/// counted by all threads and added to the whole before anything is forgotten, so no result depends on the threads.
/// </summary>
internal sealed class WordCounter
{
    private const int BlockChars = 8 << 20;
    private const int PiecesAtOnce = 16;
    private const int MemoryShare = 16; // the merge phase takes up to 15 times the words' bytes: see MergeLearner

    private readonly WordCutter _cutter;
    private readonly long _memoryLimit;
    private readonly CancellationToken _cancellation;
    private readonly WordCounts[] _perThread;
    private readonly WordCounts _total = new();

    private WordCounter(WordCutter cutter, int threads, long memoryLimit, CancellationToken cancellation)
    {
        (_cutter, _memoryLimit, _cancellation) = (cutter, memoryLimit, cancellation);
        _perThread = new WordCounts[threads];
        for (int i = 0; i < _perThread.Length; i++) _perThread[i] = new WordCounts();
    }

    /// <summary>Counts all words; while one block is counted the next is read.</summary>
    public static WordCounts Count(
        IEnumerable<string> texts, WordCutter cutter, int threads, long memoryLimit, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellation)
    {
        var counter = new WordCounter(cutter, threads, memoryLimit, cancellation);
        Task counting = Task.CompletedTask;
        long chars = 0;
        try
        {
            foreach (List<TextPiece> block in Blocks(texts))
            {
                counting.GetAwaiter().GetResult();
                cancellation.ThrowIfCancellationRequested();
                foreach (TextPiece piece in block) chars += piece.Length;
                progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingPhase.CountingWords, chars, 0));
                counting = Task.Run(() => counter.CountBlock(block), CancellationToken.None);
            }
        }
        finally
        {
            Task.WaitAny([counting], CancellationToken.None); // never leave a task behind, also when the source of texts fails
        }

        counting.GetAwaiter().GetResult();
        if (counter._total.Count == 0) throw new InputException("There is no text to train a tokenizer on: the input is empty or every document was dropped.");
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

        long share = _memoryLimit / MemoryShare;
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

        _cutter.Count(utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8)), counts);
    }
}
