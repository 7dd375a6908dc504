using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.KvCache;
using Panorama.Inference.Sampling;
using Panorama.Inference.Scheduling;
using Panorama.Inference.Speculation;

namespace Panorama.Inference.Engine;

/// <summary>
/// Takes requests through the scheduler, the runner and their choosers, step by step: the engine without its thread.
/// Used by one thread at a time.
/// </summary>
/// <param name="runner">Computes the steps.</param>
/// <param name="scheduler">Plans them.</param>
/// <param name="pool">The runner's blocks.</param>
/// <param name="vocabularySize">Ids from here on are never chosen, and no prompt holds one.</param>
/// <param name="drafter">Guesses tokens ahead; null: nobody does.</param>
internal sealed class GenerationLoop(IModelRunner runner, Scheduler scheduler, BlockPool pool, int vocabularySize, IDrafter? drafter = null)
{
    private readonly float[] _scratch = new float[runner.VocabularySize];
    private readonly bool _shares = pool.HasPrefixCache || drafter is not null;
    private readonly SamplingWorkspace _workspace = new(vocabularySize);

    /// <summary>Tokens that a sequence can have in the cache.</summary>
    public int StoredLimit { get; } = (int)Math.Min(runner.ContextLength, (long)pool.BlockCount * CacheBlock.Tokens);

    /// <summary>Tokens chosen so far.</summary>
    public long GeneratedTokens { get; private set; }

    /// <summary>Steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Most tokens that a sequence gets in a step.</summary>
    public int MaxTokensPerStep { get; } = 1 + (drafter?.MaxTokens ?? 0);

    /// <summary>Tokens guessed and computed so far.</summary>
    public long DraftedTokens { get; private set; }

    /// <summary>Tokens guessed right.</summary>
    public long AcceptedTokens { get; private set; }

    /// <summary>Checks a request before it is taken.</summary>
    /// <exception cref="InputException">It is wrong in itself, or can never fit.</exception>
    public void Check(GenerationRequest request, int maxSequences)
    {
        int length = request.Prompt.Length;
        Require.That(length > 0, length, "the number of prompt tokens", "at least 1");
        if (length > StoredLimit)
            throw new ContextLengthException(length, runner.ContextLength, (long)pool.BlockCount * CacheBlock.Tokens);
        Require.That(request.Count <= maxSequences, request.Count, "n", $"at most {maxSequences}, the engine's sequences");
        Require.That(request.Adapter >= -1 && request.Adapter < runner.AdapterCount, request.Adapter, "the adapter", $"-1 (none) to {runner.AdapterCount - 1}");
        Require.That(request.Adapter < 0 || request.AdapterName.Length > 0, "empty", "the adapter's name", "a name for its weights");
        foreach (int token in request.Prompt)
            Require.That((uint)token < (uint)vocabularySize, token, "a token of the prompt", $"0 to {vocabularySize - 1}");
    }

    /// <summary>Takes a checked request.</summary>
    public void Add(Generation generation)
    {
        GenerationRequest request = generation.Request;
        LiveSequence first = Make(generation, 0, request.Count - 1);
        generation.Sequences.Add(first);
        scheduler.Add(first);
    }

    /// <summary>Ends a request before its time; its blocks are free in the next step.</summary>
    /// <param name="generation">Any; nothing happens if it is over.</param>
    /// <param name="error">What its reader is told.</param>
    public void Cancel(Generation generation, Exception? error)
    {
        foreach (LiveSequence sequence in generation.Sequences)
        {
            if (sequence.Phase != SequencePhase.Finished)
                Drop(sequence);
        }

        generation.Complete(error);
    }

    /// <summary>Ends one sequence of a request; before the prompt is computed nothing happens.</summary>
    public void Stop(Generation generation, int index)
    {
        if (index < generation.Sequences.Count && generation.Sequences[index] is { Branches: 0, Phase: not SequencePhase.Finished } sequence)
            Finish(sequence);
    }

    /// <summary>Computes one step.</summary>
    /// <returns>Whether there was anything to do.</returns>
    public bool Step()
    {
        drafter?.Draft(scheduler.Running, _workspace);
        if (!scheduler.Plan())
            return false;
        foreach (BlockCopy copy in scheduler.Copies)
            runner.CopyBlock(copy.From, copy.To);
        runner.Run(scheduler.Steps);
        Steps++;

        int row = 0;
        for (int i = 0; i < scheduler.Steps.Length; i++)
        {
            int logitRows = scheduler.Steps[i].LogitRows;
            var sequence = (LiveSequence)scheduler.Planned[i];
            bool runs = sequence.Phase == SequencePhase.Running; // a failed request takes its other sequences along
            if (runs && logitRows == 0)
                Scheduler.Record(sequence, sequence.Computed + sequence.Rows);
            else if (runs)
                Continue(sequence, row);
            row += logitRows;
        }

        return true;
    }

    private LiveSequence Make(Generation generation, int index, int branches)
    {
        GenerationRequest request = generation.Request;
        long limit = Math.Min((long)request.Prompt.Length + request.Options.MaxTokens, (long)StoredLimit + 1);
        return new LiveSequence(generation, index, (int)limit, _shares ? BlockHash.Root(request.CacheSalt, request.AdapterName) : null, branches);
    }

    private void Continue(LiveSequence sequence, int row)
    {
        try
        {
            if (sequence.Branches > 0)
                Fork(sequence, row);
            else
                Choose(sequence, row);
        }
        catch (Exception error) when (error is PanoramaException or ArgumentException or InvalidOperationException)
        {
            // The chooser's fault or this sequence's logits: the other requests go on.
            Cancel(sequence.Generation, error as PanoramaException ?? new JobException($"The next token could not be chosen: {error.Message}", error));
        }
    }

    /// <summary>The prompt is computed: all sequences of the request choose from the same logits.</summary>
    private void Fork(LiveSequence first, int row)
    {
        Generation generation = first.Generation;
        Scheduler.Record(first, first.Count);
        while (first.Branches > 0)
        {
            LiveSequence child = Make(generation, generation.Sequences.Count, 0);
            scheduler.Fork(first, child);
            generation.Sequences.Add(child);
        }

        foreach (LiveSequence sequence in generation.Sequences)
        {
            runner.Logits(row).CopyTo(_scratch);
            Take(sequence, sequence.MakeChooser(vocabularySize).Choose(_scratch, _workspace), out bool ends);
            if (ends)
                Finish(sequence);
        }
    }

    /// <summary>
    /// Chooses a token behind each row as long as the row's own token was chosen: a guess stands if and only if it is what
    /// the sequence gets anyway, so the tokens are those of a run without guesses, drawn ones too.
    /// </summary>
    private void Choose(LiveSequence sequence, int row)
    {
        ITokenChooser chooser = sequence.MakeChooser(vocabularySize);
        int drafts = sequence.PlannedDrafts;
        int computed = sequence.Computed + sequence.Rows - drafts;
        int right = 0;
        bool ends;
        while (Take(sequence, chooser.Choose(runner.Logits(row + right), _workspace), out ends) && !ends && right < drafts)
            right++;
        Scheduler.Record(sequence, computed + right);
        sequence.Learn(drafts, right);
        DraftedTokens += drafts;
        AcceptedTokens += right;
        if (ends)
            Finish(sequence);
    }

    /// <summary>Adds a token to its sequence and hands it on.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="chosen">The token.</param>
    /// <param name="ends">Whether it is the last.</param>
    /// <returns>Whether it was guessed.</returns>
    private bool Take(LiveSequence sequence, in ChosenToken chosen, out bool ends)
    {
        bool guessed = sequence.Append(chosen.Token);
        GeneratedTokens++;
        FinishReason? finish = chosen.Ends || sequence.Generation.IsEnd(chosen.Token) ? FinishReason.Stop
            : sequence.Count == sequence.Limit ? FinishReason.Length
            : null;
        sequence.Generation.Emit(new GeneratedToken(sequence.Index, chosen, finish));
        ends = finish is not null;
        return guessed;
    }

    private void Finish(LiveSequence sequence)
    {
        Drop(sequence);
        if (--sequence.Generation.Unfinished == 0)
            sequence.Generation.Complete(null);
    }

    private void Drop(LiveSequence sequence)
    {
        scheduler.Finish(sequence);
        drafter?.Forget(sequence);
    }
}
