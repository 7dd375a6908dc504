using System.Globalization;
using System.Runtime.InteropServices;
using Panorama.Core.Errors;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;
using Panorama.Inference.Sampling;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Speculation;

/// <summary>
/// Guesses with a smaller model that has its own cache: it runs ahead token by token, all sequences together, and each
/// sequence's chooser makes its logits a guess. A long prompt that it has not seen is caught up with in parts, one a
/// step. A sequence for which its cache has no room goes without guesses.
/// </summary>
internal sealed class DraftModel : IDrafter
{
    private readonly IModelRunner _runner;
    private readonly SpeculationOptions _options;
    private readonly BlockPool _pool;
    private readonly int _storedLimit;
    private readonly List<LiveSequence> _targets = [];
    private readonly List<SequenceStep> _steps = [];

    /// <summary>Wraps a runner.</summary>
    /// <param name="runner">Not disposed here.</param>
    /// <param name="options">Lengths.</param>
    /// <param name="vocabularySize">Ids that sequences hold are smaller.</param>
    /// <exception cref="InputException">The model does not know all ids.</exception>
    public DraftModel(IModelRunner runner, SpeculationOptions options, int vocabularySize)
    {
        if (runner.VocabularySize < vocabularySize)
        {
            throw new InputException(string.Create(
                CultureInfo.InvariantCulture,
                $"The draft model knows {runner.VocabularySize} tokens, but the model that it guesses for has {vocabularySize}; use a draft model of the same tokenizer."));
        }

        (_runner, _options) = (runner, options);
        _pool = new BlockPool(runner.BlockCount);
        _storedLimit = (int)Math.Min(runner.ContextLength, (long)runner.BlockCount * CacheBlock.Tokens);
    }

    /// <inheritdoc/>
    public int MaxTokens => _options.MaxTokens;

    /// <summary>Blocks that no sequence holds.</summary>
    public int FreeBlocks => _pool.FreeCount;

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<Sequence> running, SamplingWorkspace workspace)
    {
        DraftTargets.Find(running, _options, _targets);
        for (int i = _targets.Count - 1; i >= 0; i--)
        {
            if (!Prepare(_targets[i]))
                _targets.RemoveAt(i);
        }

        while (_targets.Count > 0)
        {
            PlanRows();
            _runner.Run(CollectionsMarshal.AsSpan(_steps));
            Guess(workspace);
        }
    }

    /// <inheritdoc/>
    public void Forget(LiveSequence sequence)
    {
        sequence.DraftPart?.Table.Clear();
        sequence.DraftPart = null;
    }

    /// <summary>Brings the account of a sequence up to date and takes blocks for its guesses.</summary>
    private bool Prepare(LiveSequence sequence)
    {
        int end = sequence.Count + DraftTargets.Count(sequence, _options);
        if (sequence.Chooser is null || end > _storedLimit)
        {
            Forget(sequence);
            return false;
        }

        DraftPart part = sequence.DraftPart ??= new DraftPart(new BlockTable(_pool, Math.Min(sequence.Limit, _storedLimit), sequence.Root), _options.MaxTokens);

        part.Confirm(sequence.Tokens);
        if (part.Table.Needed(end) > _pool.FreeCount)
        {
            Forget(sequence);
            return false;
        }

        part.Table.Reserve(end, out _);
        return true;
    }

    private void PlanRows()
    {
        _steps.Clear();
        int left = _runner.MaxRows;
        for (int i = 0; i < _targets.Count; i++)
        {
            LiveSequence sequence = _targets[i];
            DraftPart part = sequence.DraftPart!;

            // Those who follow get the two rows of a sequence that keeps up.
            int most = Math.Max(Math.Min(1, left), left - (2 * (_targets.Count - 1 - i)));
            int missing = sequence.Count + sequence.DraftCount - part.Computed;
            part.Rows = Math.Min(missing, most);
            left -= part.Rows;
            if (part.Rows == 0)
            {
                _targets.RemoveAt(i--);
                continue;
            }

            _steps.Add(new SequenceStep
            {
                Tokens = sequence.Slice(part.Computed, part.Rows),
                Start = part.Computed,
                Blocks = part.Table.Blocks,
                LogitRows = part.Rows == missing ? 1 : 0,
            });
        }
    }

    private void Guess(SamplingWorkspace workspace)
    {
        int row = 0;
        int kept = 0;
        for (int i = 0; i < _steps.Count; i++)
        {
            LiveSequence sequence = _targets[i];
            DraftPart part = sequence.DraftPart!;
            part.Computed += part.Rows;
            if (_steps[i].LogitRows == 0)
                continue; // goes on catching up in the next step
            if (TryGuess(sequence, _runner.Logits(row++), workspace) && sequence.DraftCount < DraftTargets.Count(sequence, _options))
                _targets[kept++] = sequence;
        }

        _targets.RemoveRange(kept, _targets.Count - kept);
    }

    private static bool TryGuess(LiveSequence sequence, ReadOnlySpan<float> logits, SamplingWorkspace workspace)
    {
        try
        {
            int guess = sequence.Chooser!.Guess(logits, sequence.DraftCount, workspace);
            sequence.GuessNext(guess);
            sequence.DraftPart!.Remember(guess);
            return true;
        }
        catch (PanoramaException)
        {
            return false; // a smaller model that is broken costs speed, not the request
        }
    }
}
