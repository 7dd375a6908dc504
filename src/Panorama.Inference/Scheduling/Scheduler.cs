using System.Runtime.InteropServices;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Scheduling;

/// <summary>
/// Decides what each step holds: continuous batching with chunked prompts. Deterministic, without threads and clock;
/// planning allocates nothing once the buffers have grown.
/// </summary>
/// <remarks>
/// <para>Sequences that decode come first, one row each, in every step.</para>
/// <para>The rows left go to prompts, the one with the fewest tokens left first, so that a short request does not wait for
/// a long one. A prompt ages by what is computed meanwhile: for every <see cref="TokensPerRank"/> tokens it ranks as one
/// shorter, so later prompts overtake one of L tokens with about 4 L tokens at most, and then never again.</para>
/// <para>A prompt starts when blocks for all of it are free, and one for each running sequence to grow into; the first that
/// does not fit stops the others, so that nobody is passed over for being large. When a decoding sequence needs a block and
/// none is free, paused sequences lose theirs, then the last arrived; it keeps its tokens and is computed again, before any
/// new prompt, from what the prefix cache still has. The first arrived can thus always go on, and finishes, as no sequence
/// is longer than the cache.</para>
/// </remarks>
internal sealed class Scheduler
{
    /// <summary>Tokens computed for others that move a prompt up by one token.</summary>
    public const int TokensPerRank = 4;

    private static readonly Comparison<Sequence> ByRank = (a, b) =>
        a.WasPreempted != b.WasPreempted ? (a.WasPreempted ? -1 : 1)
        : !a.WasPreempted && a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank)
        : a.Order.CompareTo(b.Order);

    private readonly BlockPool _pool;
    private readonly SchedulerLimits _limits;
    private readonly List<Sequence> _running = []; // in order of arrival
    private readonly List<Sequence> _waiting = [];
    private readonly List<Sequence> _planned = [];
    private readonly List<Sequence> _candidates = [];
    private readonly List<BlockCopy> _copies = [];
    private readonly List<SequenceStep> _steps = [];
    private long _arrivals;
    private int _slots;
    private int _rowsLeft;

    /// <summary>Makes a scheduler.</summary>
    /// <param name="pool">Its blocks are this scheduler's alone.</param>
    /// <param name="limits">What a step may hold.</param>
    public Scheduler(BlockPool pool, SchedulerLimits limits)
    {
        if (limits.Sequences < 1 || limits.PromptRowsWhileDecoding < 1 || limits.Rows < limits.Sequences)
            throw new ArgumentException($"{limits} has a limit below 1, or fewer rows than sequences", nameof(limits));
        (_pool, _limits) = (pool, limits);
    }

    /// <summary>Sequences that hold blocks, in order of arrival.</summary>
    public ReadOnlySpan<Sequence> Running => CollectionsMarshal.AsSpan(_running);

    /// <summary>Sequences that wait for blocks.</summary>
    public ReadOnlySpan<Sequence> Waiting => CollectionsMarshal.AsSpan(_waiting);

    /// <summary>The sequences of the planned step.</summary>
    public ReadOnlySpan<Sequence> Planned => CollectionsMarshal.AsSpan(_planned);

    /// <summary>Their parts, in the same order.</summary>
    public ReadOnlySpan<SequenceStep> Steps => CollectionsMarshal.AsSpan(_steps);

    /// <summary>The copies to make before the step, in this order.</summary>
    public ReadOnlySpan<BlockCopy> Copies => CollectionsMarshal.AsSpan(_copies);

    /// <summary>Number of <see cref="Running"/>; may be read by another thread, as the other figures.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Number of <see cref="Waiting"/>.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Tokens of prompts planned so far.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>How often a sequence lost its blocks.</summary>
    public long Preemptions { get; private set; }

    /// <summary>Takes a new sequence. Alone it must fit: its limit is at most one token more than the cache holds.</summary>
    public void Add(Sequence sequence)
    {
        sequence.Arrive(_arrivals, PromptTokens);
        _arrivals += 1 + sequence.Branches;
        sequence.Phase = SequencePhase.Waiting;
        _waiting.Add(sequence);
    }

    /// <summary>Plans the next step; the one before must be recorded.</summary>
    /// <returns>Whether there is anything to compute.</returns>
    public bool Plan()
    {
        foreach (Sequence sequence in _planned)
            sequence.Plan(0, 0);
        _planned.Clear();
        _copies.Clear();
        _steps.Clear();
        _rowsLeft = _limits.Rows;
        PlanDecoding();
        PlanPrompts();
        PlanDrafts();
        foreach (Sequence sequence in _planned)
            _steps.Add(sequence.ToStep());
        return _planned.Count > 0;
    }

    /// <summary>The step has run for a sequence of it.</summary>
    /// <param name="sequence">One of <see cref="Planned"/>.</param>
    /// <param name="computed">Tokens that are in the cache and belong to the sequence.</param>
    public static void Record(Sequence sequence, int computed) => sequence.Table.Advance(sequence.Tokens, computed);

    /// <summary>Adds a sequence that continues the prompt of another, when that is computed.</summary>
    /// <param name="parent">Running, with branches left.</param>
    /// <param name="child">New; becomes a copy.</param>
    public void Fork(Sequence parent, Sequence child)
    {
        child.StartAs(parent);
        child.Phase = SequencePhase.Running;
        Insert(child);
    }

    /// <summary>Ends a sequence, whatever it is doing; not between <see cref="Plan"/> and <see cref="Record"/>. Its full blocks can still be found.</summary>
    public void Finish(Sequence sequence)
    {
        if (sequence.Phase == SequencePhase.Running)
            Stop(sequence);
        else
            _waiting.Remove(sequence);
        sequence.Phase = SequencePhase.Finished;
    }

    private void PlanDecoding()
    {
        _candidates.Clear();
        foreach (Sequence sequence in _running)
        {
            if (!sequence.Paused && sequence.Remaining == 1)
                _candidates.Add(sequence);
        }

        foreach (Sequence sequence in _candidates)
        {
            if (sequence.Phase == SequencePhase.Running && MakeRoom(sequence))
                Add(sequence, rows: 1);
        }
    }

    private void PlanPrompts()
    {
        int left = _planned.Count > 0 ? Math.Min(_rowsLeft, _limits.PromptRowsWhileDecoding) : _rowsLeft;
        RankPrompts();
        bool admits = true;
        foreach (Sequence sequence in _candidates)
        {
            if (left == 0)
                return;
            if (sequence.Phase == SequencePhase.Waiting)
            {
                // Only a pause makes a running candidate wait meanwhile, and a paused one is no candidate.
                admits = admits && TryAdmit(sequence);
                if (!admits)
                    continue;
            }
            else
            {
                LookUp(sequence);
            }

            int rows = Chunk(sequence, left);
            sequence.WasPreempted = sequence.WasPreempted && rows < sequence.Remaining;
            PromptTokens += rows;
            left -= rows;
            Add(sequence, rows);
        }
    }

    /// <summary>Guesses get what rows and blocks are left; nobody loses a block for them.</summary>
    private void PlanDrafts()
    {
        foreach (Sequence sequence in _planned)
        {
            int drafts = sequence.Remaining == 1 ? Math.Min(sequence.DraftCount, _rowsLeft) : 0;
            while (drafts > 0 && sequence.Table.Needed(sequence.Count + drafts) > _pool.FreeCount)
                drafts--;
            if (drafts <= 0)
                continue;
            sequence.Table.Reserve(sequence.Count + drafts, out _);
            sequence.Plan(1 + drafts, drafts);
            _rowsLeft -= drafts;
        }
    }

    /// <summary>A part of a prompt ends with a block where it can: there the prefix cache may have what follows.</summary>
    private static int Chunk(Sequence sequence, int most)
    {
        if (sequence.Remaining <= most)
            return sequence.Remaining;
        int beyond = (sequence.Computed + most) % CacheBlock.Tokens;
        return beyond < most ? most - beyond : most;
    }

    private void RankPrompts()
    {
        _candidates.Clear();
        foreach (Sequence sequence in _running)
        {
            if (!sequence.Paused && sequence.Rows == 0)
                _candidates.Add(sequence);
        }

        foreach (Sequence sequence in _waiting)
        {
            if (!sequence.Paused)
                _candidates.Add(sequence);
        }

        foreach (Sequence sequence in _candidates)
            sequence.Rank = sequence.Remaining - ((PromptTokens - sequence.ArrivedAt) / TokensPerRank);
        _candidates.Sort(ByRank);
    }

    private bool TryAdmit(Sequence sequence)
    {
        while (!Fits(sequence))
        {
            if (Paused() is not { } victim)
                return false;
            Preempt(victim);
        }

        sequence.Table.Reserve(sequence.Count, out _);
        _waiting.Remove(sequence);
        sequence.Phase = SequencePhase.Running;
        _slots += 1 + sequence.Branches;
        Insert(sequence);
        return true;
    }

    private bool Fits(Sequence sequence)
    {
        if (_slots + 1 + sequence.Branches > _limits.Sequences)
            return false;
        sequence.Start(_pool);
        int found = sequence.Table.Match(sequence.Tokens);
        if (sequence.Table.Needed(sequence.Count) + _running.Count > _pool.FreeCount)
        {
            sequence.Table.Clear();
            return false;
        }

        if (!sequence.WasLookedUp)
            _pool.Record(sequence.Count, found);
        sequence.WasLookedUp = true;
        return true;
    }

    /// <summary>Another sequence may have computed the same tokens since.</summary>
    private void LookUp(Sequence sequence)
    {
        int found = sequence.Table.Match(sequence.Tokens);
        if (!sequence.WasPreempted)
            _pool.Record(0, found);
    }

    private bool MakeRoom(Sequence sequence)
    {
        while (sequence.Table.Needed(sequence.Count) > _pool.FreeCount)
        {
            Sequence victim = Paused() ?? LastArrived();
            Preempt(victim);
            if (victim == sequence)
                return false;
        }

        if (sequence.Table.Reserve(sequence.Count, out BlockCopy copy))
            _copies.Add(copy);
        return true;
    }

    private Sequence? Paused()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].Paused)
                return _running[i];
        }

        return null;
    }

    /// <summary>The last arrived that is not in the step yet: the asking sequence itself at the latest, as they are planned in order of arrival.</summary>
    private Sequence LastArrived()
    {
        int i = _running.Count - 1;
        while (_running[i].Rows > 0)
            i--;
        return _running[i];
    }

    private void Preempt(Sequence victim)
    {
        Stop(victim);
        victim.Guess([]);
        victim.WasPreempted = true;
        victim.Phase = SequencePhase.Waiting;
        _waiting.Add(victim);
        Preemptions++;
    }

    private void Stop(Sequence sequence)
    {
        sequence.Table.Clear();
        _running.Remove(sequence);
        _slots -= 1 + sequence.Branches;
    }

    private void Add(Sequence sequence, int rows)
    {
        sequence.Plan(rows, 0);
        _planned.Add(sequence);
        _rowsLeft -= rows;
    }

    private void Insert(Sequence sequence)
    {
        int at = _running.Count;
        while (at > 0 && _running[at - 1].Order > sequence.Order)
            at--;
        _running.Insert(at, sequence);
    }
}
