using System.Diagnostics;
using Panorama.Inference.Engine;
using Panorama.Inference.Model;

namespace Panorama.Inference.Benchmarks;

/// <summary>What is measured.</summary>
public sealed record InferenceBenchmarkOptions
{
    /// <summary>Tokens of the prompt whose time is measured; 0: none.</summary>
    public int PromptTokens { get; init; } = 256;

    /// <summary>Tokens decoded one after the other; 0: none.</summary>
    public int GenerateTokens { get; init; } = 64;

    /// <summary>Sequences decoded at once.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Tokens in each sequence before the decoding that is measured.</summary>
    public int Depth { get; init; }

    /// <summary>Measurements; the median counts.</summary>
    public int Repeats { get; init; } = 5;
}

/// <summary>The figures; each speed is a median.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens a second, one sequence; 0: not measured.</param>
/// <param name="DecodeTokensPerSecond">Decoded tokens a second, all sequences together; 0: not measured.</param>
/// <param name="DecodeStepBytes">Managed bytes allocated by all decode steps of a measurement.</param>
public sealed record InferenceFigures(double PrefillTokensPerSecond, double DecodeTokensPerSecond, long DecodeStepBytes);

/// <summary>Measures a runner: prompts and decoding by the runner alone, tokens chosen by a counter, no sampling.</summary>
public static class InferenceBenchmark
{
    /// <summary>Cache tokens that a measurement needs.</summary>
    /// <param name="options">What is measured.</param>
    public static int CacheTokens(InferenceBenchmarkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int each = Math.Max(options.Depth + options.GenerateTokens, options.PromptTokens);
        return options.Batch * ((each + CacheBlock.Tokens - 1) / CacheBlock.Tokens * CacheBlock.Tokens);
    }

    /// <summary>Measures.</summary>
    /// <param name="runner">A runner with at least <see cref="CacheTokens"/> tokens of cache.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="cancellation">Stops between two measurements.</param>
    public static InferenceFigures Run(TransformerRunner runner, InferenceBenchmarkOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(options);
        var sequences = new Sequences(runner, options);
        var prefill = new double[options.Repeats];
        var decode = new double[options.Repeats];
        long allocated = 0;
        for (int i = -1; i < options.Repeats; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (options.PromptTokens > 0)
            {
                long began = Stopwatch.GetTimestamp();
                sequences.Fill(0, options.PromptTokens, logits: true);
                prefill[Math.Max(i, 0)] = options.PromptTokens / Stopwatch.GetElapsedTime(began).TotalSeconds;
            }

            if (options.GenerateTokens > 0)
            {
                for (int s = 0; i < 0 && s < options.Batch; s++)
                {
                    sequences.Fill(s, options.Depth, logits: false);
                }

                long before = GC.GetAllocatedBytesForCurrentThread();
                long began = Stopwatch.GetTimestamp();
                for (int t = 0; t < options.GenerateTokens; t++)
                {
                    sequences.Step(options.Depth + t);
                }

                decode[Math.Max(i, 0)] = options.GenerateTokens * options.Batch / Stopwatch.GetElapsedTime(began).TotalSeconds;
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        Array.Sort(prefill);
        Array.Sort(decode);
        return new InferenceFigures(prefill[options.Repeats / 2], decode[options.Repeats / 2], allocated);
    }

    private sealed class Sequences
    {
        private readonly TransformerRunner _runner;
        private readonly int[][] _blocks;
        private readonly int[][] _tokens;
        private readonly SequenceStep[] _steps;

        public Sequences(TransformerRunner runner, InferenceBenchmarkOptions options)
        {
            _runner = runner;
            int each = CacheTokens(options) / options.Batch;
            _blocks = [.. Enumerable.Range(0, options.Batch).Select(s => Enumerable.Range(s * each / CacheBlock.Tokens, each / CacheBlock.Tokens).ToArray())];
            _tokens = [.. Enumerable.Range(0, options.Batch).Select(s => Enumerable.Range(0, each).Select(i => (int)((i + s) * 7919L % runner.VocabularySize)).ToArray())];
            _steps = new SequenceStep[options.Batch];
        }

        public void Fill(int sequence, int tokens, bool logits)
        {
            for (int start = 0; start < tokens; start += _runner.MaxRows)
            {
                int count = Math.Min(_runner.MaxRows, tokens - start);
                _runner.Run([Step(sequence, start, count, logits && start + count == tokens ? 1 : 0)]);
            }
        }

        public void Step(int position)
        {
            for (int s = 0; s < _steps.Length; s++)
            {
                _steps[s] = Step(s, position, 1, 1);
            }

            _runner.Run(_steps);
        }

        private SequenceStep Step(int sequence, int start, int count, int logitRows) => new()
        {
            Tokens = _tokens[sequence].AsMemory(start, count),
            Start = start,
            Blocks = _blocks[sequence],
            LogitRows = logitRows,
        };
    }
}
