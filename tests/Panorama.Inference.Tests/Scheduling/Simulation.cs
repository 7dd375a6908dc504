using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;
using Panorama.Inference.Speculation;
using Panorama.Inference.Tests.Engine;

namespace Panorama.Inference.Tests.Scheduling;

/// <summary>One life of a loop, drawn from a seed: requests that arrive, wait, fork, are cancelled and read slowly, in a cache that is too small.</summary>
internal sealed class Simulation : IDisposable
{
    private readonly Random _random;
    private readonly FakeRunner _runner;
    private readonly FakeRunner _draft;
    private readonly List<Visit> _visits = [];
    private DraftModel? _draftModel;

    public Simulation(int seed)
    {
        _random = new Random(seed);
        _runner = new FakeRunner(blocks: _random.Next(2, 30), maxRows: _random.Next(1, 40), context: _random.Next(20, 200), vocabulary: _random.Next(2, 20));
        _draft = new FakeRunner(_random.Next(1, 30), _random.Next(1, 20), _random.Next(20, 200), _runner.VocabularySize + _random.Next(2)) { Model = Nearly };
        Pool = new BlockPool(_runner.BlockCount, prefixCache: _random.Next(5) > 0);
        int sequences = _random.Next(1, Math.Min(_runner.MaxRows, 8) + 1);
        Scheduler = new Scheduler(Pool, new SchedulerLimits { Rows = _runner.MaxRows, Sequences = sequences, PromptRowsWhileDecoding = _random.Next(3) == 0 ? _random.Next(1, 20) : int.MaxValue });
        Loop = MakeLoop();
        int[][] beginnings = [.. Enumerable.Range(0, 3).Select(_ => Tokens(_random.Next(1, Loop.StoredLimit + 1)))];
        int count = _random.Next(1, 14);
        for (int i = 0; i < count; i++)
            _visits.Add(Draw(beginnings, sequences));
    }

    public BlockPool Pool { get; }

    public Scheduler Scheduler { get; }

    public GenerationLoop Loop { get; }

    public int Cancelled => _visits.Count(visit => visit.Generation.Error is not null);

    public void Dispose()
    {
        _runner.Dispose();
        _draft.Dispose();
    }

    public void Run()
    {
        int work = _visits.Sum(visit => visit.Request.Count * (visit.Request.Prompt.Length + visit.Request.Options.MaxTokens));
        int limit = 200 + (40 * work); // far more than is needed, far less than forever
        for (int step = 0; _visits.Exists(visit => !visit.Generation.IsOver); step++)
        {
            Assert.True(step < limit, "somebody starves");
            Disturb(step);
            Loop.Step();
            CheckAccount();
        }

        Assert.False(Loop.Step());
        Assert.Equal(Pool.BlockCount, Pool.FreeCount);
        Assert.Equal(_draft.BlockCount, _draftModel?.FreeBlocks ?? _draft.BlockCount);
        Assert.InRange(Pool.Statistics.HitTokens, 0, Pool.Statistics.QueriedTokens);
        foreach (Visit visit in _visits)
            CheckOutput(visit);
    }

    private GenerationLoop MakeLoop()
    {
        var options = new SpeculationOptions { MaxTokens = _random.Next(1, 6), MaxSequences = _random.Next(1, 9), MinMatch = 1, MaxMatch = 3 };
        IDrafter? drafter = _random.Next(3) switch { 0 => null, 1 => new PromptLookup(options), _ => _draftModel = new DraftModel(_draft, options, _runner.VocabularySize) };
        return new GenerationLoop(_runner, Scheduler, Pool, _runner.VocabularySize, drafter);
    }

    /// <summary>The draft model: often of the same mind.</summary>
    private float Nearly(ulong state, int id) => _runner.Model(state, id) + ((state % 7) + (ulong)id == 9 ? 3 : 0);

    private int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(_runner.VocabularySize))];

    private Visit Draw(int[][] beginnings, int sequences)
    {
        int[] beginning = beginnings[_random.Next(beginnings.Length)];
        int[] prompt = [.. beginning.AsSpan(0, _random.Next(beginning.Length + 1)), .. Tokens(_random.Next(1, 20))];
        int adapter = _random.Next(4) == 0 ? _random.Next(2) : -1;
        return new Visit(new GenerationRequest
        {
            Prompt = prompt[..Math.Min(prompt.Length, Loop.StoredLimit)],
            Options = new GenerationOptions { MaxTokens = _random.Next(1, 60), Temperature = _random.Next(2) * 0.9f, Seed = (ulong)_random.Next(3), RepetitionPenalty = _random.Next(3) == 0 ? 1.2f : 1 },
            Count = _random.Next(3) == 0 ? _random.Next(1, sequences + 1) : 1,
            EndTokens = _random.Next(2) == 0 ? [_random.Next(_runner.VocabularySize)] : [],
            CacheSalt = _random.Next(5) == 0 ? "salt" : "",
            Adapter = adapter,
            AdapterName = adapter < 0 ? "" : $"adapter {adapter}",
        })
        {
            Arrives = _random.Next(2) * _random.Next(60),
            Cancelled = _random.Next(6) == 0 ? _random.Next(80) : int.MaxValue,
            PausesLeft = _random.Next(4) == 0 ? 4 : 0,
        };
    }

    private void Disturb(int step)
    {
        foreach (Visit visit in _visits)
        {
            if (visit.Arrives == step)
            {
                Loop.Check(visit.Request, int.MaxValue);
                Loop.Add(visit.Generation);
            }

            if (step >= visit.Arrives && step >= visit.Cancelled)
                Loop.Cancel(visit.Generation, new OperationCanceledException());

            // A reader falls behind while tokens come.
            foreach (LiveSequence sequence in visit.Generation.Sequences)
            {
                bool starts = !sequence.Paused && sequence.Remaining == 1 && visit.PausesLeft > 0 && _random.Next(5) == 0;
                visit.PausesLeft -= starts ? 1 : 0;
                sequence.Paused = starts || (sequence.Paused && _random.Next(10) > 0);
            }
        }
    }

    private void CheckAccount()
    {
        var used = new HashSet<int>();
        foreach (Sequence sequence in Scheduler.Running)
        {
            if (sequence.Phase == SequencePhase.Running)
                used.UnionWith(sequence.Table.Blocks.ToArray());
        }

        Assert.Equal(used.Count, Pool.Statistics.UsedBlocks);
        foreach (Sequence sequence in Scheduler.Waiting)
            Assert.True(sequence.Phase == SequencePhase.Waiting && sequence.Computed == 0);
        Assert.True(Scheduler.Running.Length + Scheduler.Waiting.Length <= _visits.Sum(visit => visit.Generation.Unfinished));
    }

    private void CheckOutput(Visit visit)
    {
        RecordedGeneration generation = visit.Generation;
        Assert.Equal(1, generation.Completions);
        for (int index = 0; index < visit.Request.Count; index++)
        {
            (int[] tokens, FinishReason finish) = RecordedGeneration.Alone(_runner, visit.Request, index, Loop.StoredLimit);
            if (generation.Error is null)
            {
                Assert.Equal(tokens, generation.Tokens[index]);
                Assert.Equal(finish, generation.Finish[index]);
            }
            else
            {
                Assert.IsType<OperationCanceledException>(generation.Error);
                Assert.Equal(tokens.Take(generation.Tokens[index].Count), generation.Tokens[index]);
            }
        }
    }

    private sealed class Visit(GenerationRequest request)
    {
        public GenerationRequest Request { get; } = request;

        public RecordedGeneration Generation { get; } = new(request);

        public required int Arrives { get; init; }

        public required int Cancelled { get; init; }

        public required int PausesLeft { get; set; }
    }
}
