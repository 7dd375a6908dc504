using System.Globalization;
using Panorama.Core.Configuration;
using Panorama.Inference.Engine;
using Panorama.Inference.Kernels;

namespace Panorama.Inference.Model;

/// <summary>The rows of a step: tokens, positions, where keys go, what queries see.</summary>
internal sealed unsafe class StepRows : IDisposable
{
    private readonly NativeBuffer _turns;
    private readonly RotaryFrequencies? _rotary;
    private readonly int _half;
    private readonly int _window;
    private ReadOnlyMemory<int>[] _blocks = new ReadOnlyMemory<int>[4];

    /// <summary>Takes memory.</summary>
    /// <param name="config">The model.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    public StepRows(ModelConfig config, int maxRows)
    {
        Tokens = new int[maxRows];
        Positions = new int[maxRows];
        Sequences = new int[maxRows];
        LogitRows = new int[maxRows];
        Adapters = new int[maxRows];
        _half = config.Attention.HeadSize / 2;
        _rotary = config.Positions is RotaryPositions rotary ? RotaryFrequencies.Of(rotary, config.Attention.HeadSize) : null;
        _window = config.Attention.Pattern is WindowAttention window ? window.Window : int.MaxValue;
        _turns = new NativeBuffer(_rotary is null ? 0 : 2L * maxRows * _half * sizeof(float));
    }

    /// <summary>Rows of the step.</summary>
    public int Count { get; private set; }

    /// <summary>Rows whose logits are wanted.</summary>
    public int LogitCount { get; private set; }

    /// <summary>Token ids.</summary>
    public int[] Tokens { get; }

    /// <summary>Positions within the sequences.</summary>
    public int[] Positions { get; }

    /// <summary>Index of each row's sequence in the step.</summary>
    public int[] Sequences { get; }

    /// <summary>Index of each row's adapter; −1: none.</summary>
    public int[] Adapters { get; }

    /// <summary>Whether any row has an adapter.</summary>
    public bool Adapted { get; private set; }

    /// <summary>The rows whose logits are wanted, in order.</summary>
    public int[] LogitRows { get; }

    /// <summary>Whether heads are turned by their positions.</summary>
    public bool Turns => _rotary is not null;

    /// <summary>Cosines of a row: [head size / 2].</summary>
    /// <param name="row">The row.</param>
    public float* Cosines(int row) => (float*)_turns.Pointer + (2L * row * _half);

    /// <summary>Sines of a row: [head size / 2].</summary>
    /// <param name="row">The row.</param>
    public float* Sines(int row) => Cosines(row) + _half;

    /// <summary>Blocks of a sequence.</summary>
    /// <param name="sequence">Index in the step.</param>
    public ReadOnlySpan<int> Blocks(int sequence) => _blocks[sequence].Span;

    /// <summary>The first position that a row sees.</summary>
    /// <param name="row">The row.</param>
    public int FirstSeen(int row) => Positions[row] < _window ? 0 : Positions[row] - _window + 1;

    /// <summary>Lays a step out.</summary>
    /// <param name="steps">The sequences' parts.</param>
    /// <param name="config">The model.</param>
    /// <param name="blockCount">Blocks of the cache.</param>
    /// <param name="adapterCount">Adapters of the runner.</param>
    /// <exception cref="ArgumentException">A step breaks the contract of <see cref="IModelRunner.Run"/>.</exception>
    public void Set(ReadOnlySpan<SequenceStep> steps, ModelConfig config, int blockCount, int adapterCount)
    {
        (Count, LogitCount, Adapted) = (0, 0, false);
        if (_blocks.Length < steps.Length)
        {
            _blocks = new ReadOnlyMemory<int>[2 * steps.Length];
        }

        for (int s = 0; s < steps.Length; s++)
        {
            ref readonly SequenceStep step = ref steps[s];
            Check(step, config, blockCount, adapterCount);
            Adapted |= step.Adapter >= 0;
            _blocks[s] = step.Blocks;
            ReadOnlySpan<int> tokens = step.Tokens.Span;
            for (int i = 0; i < tokens.Length; i++)
            {
                int row = Count++;
                (Tokens[row], Positions[row], Sequences[row], Adapters[row]) = (tokens[i], step.Start + i, s, step.Adapter);
                if (i >= tokens.Length - step.LogitRows)
                {
                    LogitRows[LogitCount++] = row;
                }

                Turn(row);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private void Turn(int row)
    {
        if (_rotary is null)
        {
            return;
        }

        float* cosines = Cosines(row), sines = Sines(row);
        for (int i = 0; i < _half; i++)
        {
            (double sin, double cos) = Math.SinCos(Positions[row] * _rotary.PerPosition[i]);
            cosines[i] = (float)(cos * _rotary.Magnitude);
            sines[i] = (float)(sin * _rotary.Magnitude);
        }
    }

    private void Check(in SequenceStep step, ModelConfig config, int blockCount, int adapterCount)
    {
        int end = step.Start + step.Tokens.Length;
        string? wrong =
            step.Tokens.IsEmpty ? "a step without tokens"
            : Count + step.Tokens.Length > Tokens.Length ? string.Create(CultureInfo.InvariantCulture, $"more than {Tokens.Length} rows in a step")
            : step.Start < 0 || end > config.ContextLength ? string.Create(CultureInfo.InvariantCulture, $"positions {step.Start} to {end - 1}, but the context has {config.ContextLength}")
            : step.Blocks.Length < (end + CacheBlock.Tokens - 1) / CacheBlock.Tokens ? string.Create(CultureInfo.InvariantCulture, $"{step.Blocks.Length} blocks for {end} tokens")
            : step.LogitRows < 0 || step.LogitRows > step.Tokens.Length ? string.Create(CultureInfo.InvariantCulture, $"{step.LogitRows} rows of logits from {step.Tokens.Length} tokens")
            : step.Adapter < -1 || step.Adapter >= adapterCount ? string.Create(CultureInfo.InvariantCulture, $"adapter {step.Adapter}, but there are {adapterCount}")
            : null;
        foreach (int token in wrong is null ? step.Tokens.Span : [])
        {
            wrong ??= (uint)token >= (uint)config.VocabularySize ? string.Create(CultureInfo.InvariantCulture, $"token id {token}, but there are {config.VocabularySize}") : null;
        }

        foreach (int block in wrong is null ? step.Blocks.Span[..((end + CacheBlock.Tokens - 1) / CacheBlock.Tokens)] : [])
        {
            wrong ??= (uint)block >= (uint)blockCount ? string.Create(CultureInfo.InvariantCulture, $"block {block}, but there are {blockCount}") : null;
        }

        if (wrong is not null)
        {
            throw new ArgumentException(wrong, nameof(step));
        }
    }
}
