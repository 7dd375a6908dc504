using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;
using Panorama.Inference.Speculation;

namespace Panorama.Inference.Engine;

/// <summary>
/// Serves many requests at once with one runner: a thread of its own plans and computes step after step as long as there
/// is something to do. All members can be called from any thread.
/// </summary>
/// <remarks>
/// A request's tokens are those it would get alone, whatever runs beside it. An error of the runner ends the engine and
/// all its requests; an error in choosing a request's tokens ends that request.
/// </remarks>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly IModelRunner _runner;
    private readonly EngineOptions _options;
    private readonly IModelRunner? _draft;
    private readonly bool _leaveOpen;
    private readonly BlockPool _pool;
    private readonly Scheduler _scheduler;
    private readonly GenerationLoop _loop;
    private readonly EngineInbox _inbox = new();
    private readonly HashSet<StreamGeneration> _open = []; // the engine's thread alone
    private readonly int _maxSequences;
    private readonly Task _ended;
    private int _openCount;

    /// <summary>Starts the engine.</summary>
    /// <param name="runner">Used by the engine alone, and disposed when it has ended unless <paramref name="leaveOpen"/>.</param>
    /// <param name="options">How it is shared; null: the defaults.</param>
    /// <param name="draft">A smaller model of the same tokenizer that guesses tokens ahead, under the same rules; null: none.</param>
    /// <param name="leaveOpen">Whether the runners outlive the engine.</param>
    /// <exception cref="Core.Errors.InputException">The draft model has fewer token ids than can be generated.</exception>
    public InferenceEngine(IModelRunner runner, EngineOptions? options = null, IModelRunner? draft = null, bool leaveOpen = false)
    {
        _runner = runner;
        _draft = draft;
        _options = options ?? new EngineOptions();
        _leaveOpen = leaveOpen;
        int rows = _options.StepRows == 0 ? runner.MaxRows : Math.Min(_options.StepRows, runner.MaxRows);
        int vocabulary = _options.VocabularySize == 0 ? runner.VocabularySize : Math.Min(_options.VocabularySize, runner.VocabularySize);
        _maxSequences = Math.Min(_options.MaxSequences, rows);
        _pool = new BlockPool(runner.BlockCount, _options.PrefixCache);
        _scheduler = new Scheduler(_pool, new SchedulerLimits { Rows = rows, Sequences = _maxSequences, PromptRowsWhileDecoding = _options.PromptRowsWhileDecoding });
        _loop = new GenerationLoop(runner, _scheduler, _pool, vocabulary, Drafter(_options.Speculation, draft, vocabulary));

        // A task, as it keeps the exception that ends it; long-running ones have their own thread.
        _ended = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .ContinueWith(End, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Whether it takes requests. <see cref="EngineState.Failed"/>: it is unhealthy and must be replaced.</summary>
    public EngineState State => _inbox.State;

    /// <summary>What ended it, if a step failed.</summary>
    public EngineFailedException? Failure { get; private set; }

    /// <summary>The longest prompt in tokens: the model's context, or what the cache holds if that is less.</summary>
    public int ContextLength => _loop.StoredLimit;

    /// <summary>What it is doing and has done.</summary>
    public EngineStatistics Statistics => new()
    {
        RunningSequences = _scheduler.RunningCount,
        WaitingSequences = _scheduler.WaitingCount,
        OpenRequests = Volatile.Read(ref _openCount),
        PromptTokens = _scheduler.PromptTokens,
        GeneratedTokens = _loop.GeneratedTokens,
        Steps = _loop.Steps,
        Preemptions = _scheduler.Preemptions,
        DraftedTokens = _loop.DraftedTokens,
        AcceptedTokens = _loop.AcceptedTokens,
        Cache = _pool.Statistics,
    };

    /// <summary>Takes a request.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellation">Ends the request; its blocks are free in the next step.</param>
    /// <returns>Its tokens; to be read or disposed, else the request waits for its reader for ever.</returns>
    /// <exception cref="ContextLengthException">The prompt is longer than the model's context or the cache.</exception>
    /// <exception cref="Core.Errors.InputException">The request is wrong.</exception>
    /// <exception cref="EngineOverloadedException">There are <see cref="EngineOptions.MaxRequests"/> already.</exception>
    /// <exception cref="EngineFailedException">A step failed before.</exception>
    /// <exception cref="EngineStoppedException">The engine is stopping or has ended.</exception>
    public GenerationStream Submit(GenerationRequest request, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        _loop.Check(request, _maxSequences);
        if (Interlocked.Increment(ref _openCount) > _options.MaxRequests)
        {
            Interlocked.Decrement(ref _openCount);
            throw new EngineOverloadedException(_options.MaxRequests);
        }

        var generation = new StreamGeneration(request, _options.StreamCapacity, _loop.MaxTokensPerStep, OnCompleted);
        generation.Registration = cancellation.UnsafeRegister(static (state, _) =>
        {
            (EngineInbox inbox, StreamGeneration cancelled) = ((EngineInbox, StreamGeneration))state!;
            inbox.Post(new EngineCommand(EngineWish.Cancel, cancelled));
        }, (_inbox, generation));
        if (_inbox.Post(new EngineCommand(EngineWish.Add, generation)))
            return new GenerationStream(generation, _inbox);
        generation.Registration.Unregister();
        Leave(generation);
        throw State == EngineState.Failed ? Failure! : new EngineStoppedException();
    }

    /// <summary>Ends the engine.</summary>
    /// <param name="drain">Whether the requests it has are finished first; else they end with <see cref="EngineStoppedException"/>.</param>
    /// <param name="cancellation">Ends the draining; what is left is ended as without it.</param>
    /// <returns>Completes when the thread has ended and the runner is free.</returns>
    public async Task StopAsync(bool drain, CancellationToken cancellation = default)
    {
        _inbox.MoveTo(drain ? EngineState.Draining : EngineState.Stopping);
        await _ended.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _inbox.MoveTo(EngineState.Stopping);
        await _ended;
    }

    /// <summary>Ends the engine and what it is doing.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(drain: false);

    private static IDrafter? Drafter(SpeculationOptions? options, IModelRunner? draft, int vocabulary) =>
        draft is not null ? new DraftModel(draft, options ?? new SpeculationOptions(), vocabulary)
        : options is not null ? new PromptLookup(options)
        : null;

    private void Run()
    {
        bool idle = true;
        while (State is EngineState.Running or EngineState.Draining)
        {
            foreach (EngineCommand command in _inbox.Take(wait: idle))
                Obey(command);
            idle = State == EngineState.Stopping || !_loop.Step();
            if (idle && State == EngineState.Draining && _open.Count == 0)
                return;
        }
    }

    private void Obey(in EngineCommand command)
    {
        StreamGeneration generation = command.Generation;
        switch (command.Wish)
        {
            case EngineWish.Add when !generation.IsOver: // else it was cancelled before it came
                _open.Add(generation);
                _loop.Add(generation);
                break;
            case EngineWish.Cancel:
                _loop.Cancel(generation, new OperationCanceledException("The request was cancelled."));
                break;
            case EngineWish.Stop:
                _loop.Stop(generation, command.Index);
                break;
            case EngineWish.Resume:
                generation.Throttle();
                break;
        }
    }

    private void OnCompleted(StreamGeneration generation)
    {
        _open.Remove(generation);
        Leave(generation);
    }

    private void Leave(StreamGeneration generation)
    {
        if (generation.Leave())
            Interlocked.Decrement(ref _openCount);
    }

    /// <summary>The thread has ended, and with it all that is not over.</summary>
    private void End(Task loop)
    {
        if (loop.Exception?.InnerException is { } cause)
            Failure = new EngineFailedException(cause);
        _inbox.MoveTo(Failure is null ? EngineState.Stopped : EngineState.Failed);
        foreach (EngineCommand command in _inbox.Take(wait: false))
        {
            if (command.Wish == EngineWish.Add)
                _open.Add(command.Generation);
        }

        foreach (StreamGeneration generation in _open.ToArray())
            generation.Complete(Failure ?? (Exception)new EngineStoppedException());
        if (_leaveOpen)
            return;
        _runner.Dispose();
        _draft?.Dispose();
    }
}
