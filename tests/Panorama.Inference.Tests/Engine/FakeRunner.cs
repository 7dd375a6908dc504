using Panorama.Inference.Engine;

namespace Panorama.Inference.Tests.Engine;

/// <summary>
/// A model whose logits are a pure function of the tokens before, read through the block tables. A slot of its cache
/// remembers the whole beginning that it was computed with, so that a wrong block, a missing copy, or a stale prefix is
/// noticed when it is read.
/// </summary>
internal sealed class FakeRunner : IModelRunner
{
    private readonly Slot[] _slots;
    private readonly int[] _writer;
    private readonly int[] _reader;
    private readonly float[] _logits;
    private int _run;

    public FakeRunner(int blocks = 64, int maxRows = 32, int context = 256, int vocabulary = 24)
    {
        (BlockCount, MaxRows, ContextLength, VocabularySize) = (blocks, maxRows, context, vocabulary);
        _slots = new Slot[blocks * CacheBlock.Tokens];
        _writer = new int[blocks];
        _reader = new int[blocks];
        _logits = new float[maxRows * vocabulary];
    }

    public int VocabularySize { get; }

    public int ContextLength { get; }

    public int BlockCount { get; }

    public int MaxRows { get; }

    public int AdapterCount => 2;

    /// <summary>Tokens computed so far.</summary>
    public long Rows { get; private set; }

    public int Steps { get; private set; }

    public int Copies { get; private set; }

    public bool Disposed { get; private set; }

    /// <summary>Makes this run fail, counted from 1.</summary>
    public int FailAt { get; set; }

    /// <summary>What the logits are for a beginning; the default is random.</summary>
    public Func<ulong, int, float> Model { get; init; } = (state, id) => (Mix(state ^ ((ulong)(id + 1) * 0x9E3779B97F4A7C15)) >> 40) * (6f / (1 << 24));

    /// <summary>Called at the start of each step.</summary>
    public Action? BeforeRun { get; set; }

    /// <summary>The state behind one more token.</summary>
    public static ulong Next(ulong state, int token) => Mix(state + (ulong)(token + 1));

    public static ulong StartOf(int adapter) => Mix((ulong)(adapter + 100));

    /// <summary>The logits behind a beginning, without any cache.</summary>
    public float[] LogitsAfter(ReadOnlySpan<int> tokens, int adapter = -1)
    {
        ulong state = StartOf(adapter);
        foreach (int token in tokens)
            state = Next(state, token);
        float[] logits = new float[VocabularySize];
        for (int id = 0; id < logits.Length; id++)
            logits[id] = Model(state, id);
        return logits;
    }

    public void Run(ReadOnlySpan<SequenceStep> steps)
    {
        BeforeRun?.Invoke();
        Steps++;
        if (Steps == FailAt)
            throw new InvalidOperationException("the runner broke");
        Assert.True(!steps.IsEmpty, "an empty step");
        _run++;
        int rows = 0;
        for (int s = 0; s < steps.Length; s++)
            rows += CheckBlocks(steps[s], s);
        Check(rows <= MaxRows, "too many rows");
        Rows += rows;
        Array.Fill(_logits, float.NaN); // what nobody asked for is not there
        int row = 0;
        foreach (SequenceStep step in steps)
            Compute(step, ref row);
    }

    public Span<float> Logits(int row) => _logits.AsSpan(row * VocabularySize, VocabularySize);

    public void CopyBlock(int from, int to)
    {
        Check(from != to, "a block copied to itself");
        Copies++;
        _slots.AsSpan(from * CacheBlock.Tokens, CacheBlock.Tokens).CopyTo(_slots.AsSpan(to * CacheBlock.Tokens));
    }

    public void Dispose() => Disposed = true;

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static void Check(bool holds, string what)
    {
        if (!holds)
            Assert.Fail(what);
    }

    /// <summary>A block that one sequence writes in a step is in no other's table.</summary>
    private int CheckBlocks(SequenceStep step, int index)
    {
        int end = step.Start + step.Tokens.Length;
        Check(step.Tokens.Length > 0 && step.Start >= 0 && end <= ContextLength, "a step of no tokens or beyond the context");
        Check(step.LogitRows >= 0 && step.LogitRows <= step.Tokens.Length, "more logits than tokens");
        int needed = (end + CacheBlock.Tokens - 1) / CacheBlock.Tokens;
        Check(step.Blocks.Length >= needed, "too few blocks");
        int firstWritten = step.Start / CacheBlock.Tokens;
        int mark = (_run << 8) | index;
        for (int i = 0; i < needed; i++)
        {
            int block = step.Blocks.Span[i];
            Check(_writer[block] >> 8 != _run, "a block that is written is used twice");
            if (i >= firstWritten)
            {
                Check(_reader[block] >> 8 != _run, "a block that is read is written");
                _writer[block] = mark;
            }

            _reader[block] = mark;
        }

        return step.Tokens.Length;
    }

    private void Compute(SequenceStep step, ref int row)
    {
        ReadOnlySpan<int> blocks = step.Blocks.Span;
        ReadOnlySpan<int> tokens = step.Tokens.Span;
        ulong state = StartOf(step.Adapter);
        for (int i = 0; i < step.Start; i++)
        {
            Slot slot = _slots[(blocks[i / CacheBlock.Tokens] * CacheBlock.Tokens) + (i % CacheBlock.Tokens)];
            Check(slot.Position == i && slot.Before == state, "the cache holds something else at this position");
            state = Next(state, slot.Token);
        }

        for (int t = 0; t < tokens.Length; t++)
        {
            int position = step.Start + t;
            Check((uint)tokens[t] < (uint)VocabularySize, "a token that does not exist");
            _slots[(blocks[position / CacheBlock.Tokens] * CacheBlock.Tokens) + (position % CacheBlock.Tokens)] = new Slot(tokens[t], position, state);
            state = Next(state, tokens[t]);
            if (t < tokens.Length - step.LogitRows)
                continue;
            Span<float> logits = Logits(row++);
            for (int id = 0; id < logits.Length; id++)
                logits[id] = Model(state, id);
        }
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Slot(int Token, int Position, ulong Before);
}
