using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Scheduling;

/// <summary>
/// One sequence as the scheduler sees it: its tokens, how many of them the cache holds, and its part of the planned step.
/// What becomes of the logits is the business of whoever drives the scheduler.
/// </summary>
/// <param name="prompt">At least one token; not copied.</param>
/// <param name="limit">Most tokens in all, more than the prompt's. The last one is never stored.</param>
/// <param name="root">Whom it shares blocks with; null: nobody.</param>
/// <param name="adapter">The runner's adapter; −1: none.</param>
/// <param name="branches">Further sequences that will continue the same prompt.</param>
internal class Sequence(int[] prompt, int limit, BlockHash? root, int adapter, int branches)
{
    private int[] _tokens = prompt;
    private BlockTable? _table;
    private int _forked;

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; } = prompt.Length;

    /// <summary>Most tokens in all.</summary>
    public int Limit { get; } = limit;

    /// <summary>Tokens so far: the prompt's and those chosen.</summary>
    public int Count { get; private set; } = prompt.Length;

    /// <summary>Sequences that will be forked when the prompt is computed.</summary>
    public int Branches { get; private set; } = branches;

    /// <summary>Place in the order of arrival.</summary>
    public long Order { get; private set; }

    /// <summary>Where it is.</summary>
    public SequencePhase Phase { get; set; }

    /// <summary>Takes part in no step for now: its reader is behind.</summary>
    public bool Paused { get; set; }

    /// <summary>Lost its blocks and has not yet computed again what was in them.</summary>
    public bool WasPreempted { get; set; }

    /// <summary>Whether it was looked up in the prefix cache: counted once.</summary>
    public bool WasLookedUp { get; set; }

    /// <summary>Tokens of prompts computed for all when this sequence arrived: its age is what was computed since.</summary>
    public long ArrivedAt { get; private set; }

    /// <summary>Rank among the prompts, lowest first; set while planning.</summary>
    public long Rank { get; set; }

    /// <summary>Rows in the planned step; 0: none.</summary>
    public int Rows { get; private set; }

    /// <summary>Guessed tokens among those rows, the last ones.</summary>
    public int PlannedDrafts { get; private set; }

    /// <summary>Guessed tokens behind the last one, for the next step to check.</summary>
    public int DraftCount { get; private set; }

    /// <summary>Tokens in the cache.</summary>
    public int Computed => _table?.Length ?? 0;

    /// <summary>Tokens not in the cache; 1 while decoding.</summary>
    public int Remaining => Count - Computed;

    /// <summary>The tokens so far.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>The guessed tokens.</summary>
    public ReadOnlySpan<int> Drafts => _tokens.AsSpan(Count, DraftCount);

    /// <summary>The blocks; made when the sequence starts.</summary>
    public BlockTable Table => _table ?? throw new InvalidOperationException("the sequence has not started");

    /// <summary>Most guessed tokens that can be of use: with one more chosen after them the limit is reached.</summary>
    public int MostDrafts => Branches > 0 ? 0 : Math.Max(0, Limit - Count - 1);

    /// <summary>Sets the place among the others.</summary>
    public void Arrive(long order, long arrivedAt) => (Order, ArrivedAt) = (order, arrivedAt);

    /// <summary>Makes the buffers, which then suffice up to the limit.</summary>
    public void Start(BlockPool pool)
    {
        if (_table is not null)
            return;
        _table = new BlockTable(pool, Limit - 1, root);
        int[] tokens = new int[Limit];
        _tokens.CopyTo(tokens, 0);
        _tokens = tokens;
    }

    /// <summary>Becomes a second sequence with the same tokens and blocks.</summary>
    /// <param name="parent">Made from the same prompt and limit; has computed it.</param>
    public void StartAs(Sequence parent)
    {
        _table = parent.Table.Fork();
        _tokens = (int[])parent._tokens.Clone();
        Count = parent.Count;
        WasLookedUp = true;
        Arrive(parent.Order + ++parent._forked, parent.ArrivedAt);
        parent.Branches--;
    }

    /// <summary>Adds a chosen token.</summary>
    /// <returns>Whether it is the one guessed; the guesses after it then still stand.</returns>
    public bool Append(int token)
    {
        bool guessed = DraftCount > 0 && _tokens[Count] == token;
        DraftCount = guessed ? DraftCount - 1 : 0;
        _tokens[Count++] = token;
        return guessed;
    }

    /// <summary>Guesses the next tokens instead of those guessed before; what is beyond <see cref="MostDrafts"/> is dropped.</summary>
    public void Guess(ReadOnlySpan<int> tokens)
    {
        DraftCount = Math.Min(tokens.Length, MostDrafts);
        tokens[..DraftCount].CopyTo(_tokens.AsSpan(Count));
    }

    /// <summary>Guesses one token more; fewer than <see cref="MostDrafts"/> are guessed.</summary>
    public void GuessNext(int token) => _tokens[Count + DraftCount++] = token;

    /// <summary>A part of the tokens, the guessed ones included.</summary>
    public ReadOnlyMemory<int> Slice(int start, int count) => _tokens.AsMemory(start, count);

    /// <summary>Takes part in the planned step.</summary>
    public void Plan(int rows, int drafts) => (Rows, PlannedDrafts) = (rows, drafts);

    /// <summary>The planned part; logits for the last token, if it is planned, and for the guessed ones.</summary>
    public SequenceStep ToStep() => new()
    {
        Tokens = _tokens.AsMemory(Computed, Rows),
        Start = Computed,
        Blocks = Table.Blocks,
        LogitRows = Computed + Rows >= Count ? PlannedDrafts + 1 : 0,
        Adapter = adapter,
    };
}
