using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Engine;

/// <summary>
/// A runner behind <see cref="INextTokenModel"/>: for evaluation, and for generating one text at a time without the
/// scheduler. Long inputs go through in chunks of the runner's rows; a session that begins as an earlier one did finds
/// its blocks in the prefix cache.
/// </summary>
public sealed class RunnerNextTokenModel : INextTokenModel
{
    // All rows of a scoring step want logits: this many keep the runner's buffer of them small.
    private const int MaxScoreRows = 64;

    private readonly IModelRunner _runner;
    private readonly BlockPool _pool;
    private readonly bool _leaveOpen;

    /// <summary>Wraps a runner.</summary>
    /// <param name="runner">Disposed with this object unless <paramref name="leaveOpen"/>; nobody else uses it meanwhile.</param>
    /// <param name="pool">The account of the runner's blocks; null makes one with a prefix cache.</param>
    /// <param name="leaveOpen">Whether the runner outlives this object.</param>
    /// <exception cref="ArgumentException">The pool has more blocks than the runner.</exception>
    public RunnerNextTokenModel(IModelRunner runner, BlockPool? pool = null, bool leaveOpen = false)
    {
        _runner = runner;
        _pool = pool ?? new BlockPool(runner.BlockCount);
        if (_pool.BlockCount > runner.BlockCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{_pool.BlockCount} blocks in the pool, but the runner has {runner.BlockCount}"), nameof(pool));
        _leaveOpen = leaveOpen;
        ContextLength = (int)Math.Min(runner.ContextLength, (long)_pool.BlockCount * CacheBlock.Tokens);
    }

    /// <summary>The runner's adapter that texts are scored and sessions started with; −1: none.</summary>
    public int Adapter { get; set; } = -1;

    /// <inheritdoc/>
    public int VocabularySize => _runner.VocabularySize;

    /// <summary>The longest sequence: the model's context, or what the cache holds if that is less.</summary>
    public int ContextLength { get; }

    /// <inheritdoc/>
    /// <exception cref="JobException">Open sessions leave too few blocks of the cache.</exception>
    public void Score(ReadOnlySpan<int> tokens, Span<float> logProbabilities)
    {
        if (tokens.Length < 2 || tokens.Length > ContextLength + 1 || logProbabilities.Length != tokens.Length - 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{tokens.Length} tokens and {logProbabilities.Length} places; allowed: 2 to {ContextLength + 1} tokens, one place fewer"), nameof(tokens));
        CheckIds(tokens);

        // Every row's logits are wanted, and the prefix cache has none: nothing is looked up.
        int[] sequence = tokens[..^1].ToArray();
        var table = new BlockTable(_pool, sequence.Length, root: null);
        try
        {
            int rows = Math.Min(_runner.MaxRows, MaxScoreRows);
            while (table.Length < sequence.Length)
            {
                int start = table.Length;
                int count = Math.Min(rows, sequence.Length - start);
                Run(table, sequence.AsMemory(start, count), start, count, Adapter);
                for (int row = 0; row < count; row++)
                    logProbabilities[start + row] = LogProbability.Of(_runner.Logits(row), tokens[start + row + 1]);
                table.Advance(sequence, start + count);
            }
        }
        finally
        {
            table.Clear();
        }
    }

    /// <inheritdoc/>
    public INextTokenSession StartSession()
    {
        string adapter = Adapter < 0 ? string.Empty : Adapter.ToString(CultureInfo.InvariantCulture);
        return new Session(this, _pool.HasPrefixCache ? BlockHash.Root(adapter: adapter) : null, Adapter);
    }

    /// <summary>Starts an empty sequence.</summary>
    /// <param name="root">Whom it may share blocks with: see <see cref="BlockHash.Root"/>.</param>
    /// <param name="adapter">The runner's adapter; −1: none. The root must name it.</param>
    public INextTokenSession StartSession(BlockHash root, int adapter = -1) => new Session(this, root, adapter);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_leaveOpen)
            _runner.Dispose();
    }

    private void Run(BlockTable table, ReadOnlyMemory<int> tokens, int start, int logitRows, int adapter = -1)
    {
        int end = start + tokens.Length;
        if (table.Needed(end) > _pool.FreeCount)
        {
            throw new JobException(string.Create(
                CultureInfo.InvariantCulture,
                $"The key/value cache is full: {table.Needed(end)} more blocks of {CacheBlock.Tokens} tokens are needed, but other sequences hold all but {_pool.FreeCount} of its {_pool.BlockCount}; end some of them or make the cache larger."));
        }

        if (table.Reserve(end, out BlockCopy copy))
            _runner.CopyBlock(copy.From, copy.To);
        _runner.Run([new SequenceStep { Tokens = tokens, Start = start, Blocks = table.Blocks, LogitRows = logitRows, Adapter = adapter }]);
    }

    private void CheckIds(ReadOnlySpan<int> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)VocabularySize)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"token id {tokens[i]} at {i}; allowed: 0 to {VocabularySize - 1}"), nameof(tokens));
        }
    }

    private sealed class Session(RunnerNextTokenModel owner, BlockHash? root, int adapter) : INextTokenSession
    {
        private readonly BlockTable _table = new(owner._pool, owner.ContextLength, root);
        private readonly int[] _tokens = new int[owner.ContextLength];
        private readonly float[] _logits = new float[owner.VocabularySize];
        private bool _disposed;

        public int Length { get; private set; }

        public ReadOnlySpan<float> Append(ReadOnlySpan<int> tokens)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (tokens.IsEmpty || tokens.Length > owner.ContextLength - Length)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{tokens.Length} tokens after {Length}; allowed: at least 1, and {owner.ContextLength} in all"), nameof(tokens));
            owner.CheckIds(tokens);

            tokens.CopyTo(_tokens.AsSpan(Length));
            int end = Length + tokens.Length;
            bool complete = false;
            try
            {
                Extend(end);
                complete = true;
            }
            finally
            {
                // After a failure the tokens may be others; those before them are computed or found again.
                if (!complete)
                    _table.Restart();
            }

            // A copy, as another session's step would overwrite the runner's.
            owner._runner.Logits(0).CopyTo(_logits);
            Length = end;
            return _logits;
        }

        private void Extend(int end)
        {
            ReadOnlySpan<int> all = _tokens.AsSpan(0, end);
            int found = _table.Match(all);
            if (Length == 0)
                owner._pool.Record(end, found);
            while (_table.Length < end)
            {
                int start = _table.Length;
                int count = Math.Min(owner._runner.MaxRows, end - start);
                owner.Run(_table, _tokens.AsMemory(start, count), start, start + count == end ? 1 : 0, adapter);
                _table.Advance(all, start + count);
            }
        }

        public void Dispose()
        {
            _disposed = true;
            _table.Clear();
        }
    }
}
