using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.Sampling;

namespace Panorama.Inference.Tests.Engine;

public sealed class InferenceEngineTests
{
    private const int Context = 500;

    [Fact]
    public async Task Requests_side_by_side_get_what_they_get_alone()
    {
        var runner = new FakeRunner(blocks: 40, maxRows: 24, context: Context);
        await using var engine = new InferenceEngine(runner, new EngineOptions { MaxSequences = 6, StreamCapacity = 8 });
        GenerationRequest[] requests = [.. Enumerable.Range(0, 30).Select(i => Request(length: 5 + (i * 3), newTokens: 30 + i, count: 1 + (i % 3), seed: i))];
        await Task.WhenAll(requests.Select(async request =>
        {
            List<int>[] tokens = await Read(engine.Submit(request));
            for (int index = 0; index < request.Count; index++)
                Assert.Equal(RecordedGeneration.Alone(runner, request, index, Context).Tokens, tokens[index]);
        }));
        EngineStatistics statistics = engine.Statistics;
        Assert.Equal((0, 0, 0, 0), (statistics.RunningSequences, statistics.WaitingSequences, statistics.OpenRequests, statistics.Cache.UsedBlocks));
        Assert.Equal(requests.Sum(request => (long)request.Count * request.Options.MaxTokens), statistics.GeneratedTokens);
    }

    [Fact]
    public async Task The_last_token_of_each_sequence_says_why()
    {
        await using var engine = new InferenceEngine(new FakeRunner());
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in engine.Submit(Request(10, 5, count: 2, logProbabilities: 3)))
            tokens.Add(token);
        Assert.Equal(2, tokens.Count(token => token.Finish == FinishReason.Length));
        Assert.All(tokens, token =>
        {
            TokenLogProbabilities told = token.Chosen.LogProbabilities!;
            Assert.Equal((token.Token, 3), (told.Chosen.Token, told.Top.Count));
            Assert.InRange(told.Chosen.LogProbability, -20, told.Top[0].LogProbability);
        });

        int end = tokens.Where(token => token.Index == 0).ElementAt(2).Token;
        GeneratedToken last = default;
        int count = 0;
        await foreach (GeneratedToken token in engine.Submit(Request(10, 5) with { EndTokens = [end] }))
            (last, count) = (token, count + 1);
        Assert.Equal((end, FinishReason.Stop, true), (last.Token, last.Finish, count <= 3));
    }

    [Fact]
    public async Task A_slow_reader_waits_in_bounded_memory_and_loses_nothing()
    {
        var runner = new FakeRunner(context: Context);
        await using var engine = new InferenceEngine(runner, new EngineOptions { StreamCapacity = 8 });
        GenerationRequest slow = Request(5, 300, count: 2);
        using GenerationStream stream = engine.Submit(slow);
        for (int i = 0; i < 5; i++) // the engine is not held up: each takes longer than filling eight places
            await Read(engine.Submit(Request(5, 60)));
        Assert.InRange(stream.Unread, 4, 8);
        List<int>[] tokens = await Read(stream);
        for (int index = 0; index < 2; index++)
            Assert.Equal(RecordedGeneration.Alone(runner, slow, index, Context).Tokens, tokens[index]);
    }

    [Fact]
    public async Task Slow_readers_do_not_keep_others_out()
    {
        var runner = new FakeRunner(blocks: 10, context: Context);
        await using var engine = new InferenceEngine(runner, new EngineOptions { MaxSequences = 2, StreamCapacity = 8 });
        GenerationStream[] slow = [.. Enumerable.Range(0, 3).Select(i => engine.Submit(Request(50, 100, seed: i)))];
        await Read(engine.Submit(Request(100, 20)));
        foreach (GenerationStream stream in slow)
            Assert.Equal(100, (await Read(stream))[0].Count);
    }

    [Fact]
    public async Task A_cancelled_request_ends_and_frees_its_blocks()
    {
        await using var engine = new InferenceEngine(new FakeRunner(context: Context));
        using var cancellation = new CancellationTokenSource();
        await using (IAsyncEnumerator<GeneratedToken> reader = engine.Submit(Request(5, 400), cancellation.Token).GetAsyncEnumerator())
        {
            Assert.True(await reader.MoveNextAsync());
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (await reader.MoveNextAsync())
                {
                }
            });
        }

        await Read(engine.Submit(Request(5, 5)));
        Assert.Equal((0, 0), (engine.Statistics.OpenRequests, engine.Statistics.Cache.UsedBlocks));
        Assert.ThrowsAny<OperationCanceledException>(() => engine.Submit(Request(5, 5), cancellation.Token));
    }

    [Fact]
    public async Task Leaving_the_enumeration_ends_the_request()
    {
        await using var engine = new InferenceEngine(new FakeRunner(context: Context), new EngineOptions { MaxRequests = 1 });
        GenerationStream stream = engine.Submit(Request(5, 400));
        await foreach (GeneratedToken token in stream)
        {
            Assert.Equal(0, token.Index);
            break;
        }

        await Until(() => engine.Statistics.OpenRequests == 0);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Read(stream));
        await Read(engine.Submit(Request(5, 5)));
    }

    [Fact]
    public async Task One_sequence_can_be_ended_alone()
    {
        await using var engine = new InferenceEngine(new FakeRunner(context: Context), new EngineOptions { StreamCapacity = 16 });
        using GenerationStream stream = engine.Submit(Request(5, 200, count: 2));
        int[] counts = new int[2];
        FinishReason? finish = null;
        await foreach (GeneratedToken token in stream)
        {
            if (counts[1]++ == 3 && token.Index >= 0)
                stream.Stop(1);
            if (token.Index == 0)
                (counts[0], finish) = (counts[0] + 1, token.Finish);
        }

        Assert.Equal((200, FinishReason.Length), (counts[0], finish));
        Assert.InRange(counts[1], 200, 230); // all tokens: those of the other ended early
    }

    [Fact]
    public async Task A_failing_step_fails_all_requests_and_the_engine()
    {
        using var ready = new ManualResetEventSlim();
        var runner = new FakeRunner(context: Context) { FailAt = 20, BeforeRun = ready.Wait };
        var engine = new InferenceEngine(runner);
        GenerationStream[] streams = [.. Enumerable.Range(0, 4).Select(i => engine.Submit(Request(10, 300, seed: i)))];
        ready.Set();
        foreach (GenerationStream stream in streams)
        {
            EngineFailedException error = await Assert.ThrowsAsync<EngineFailedException>(() => Read(stream));
            Assert.Equal("the runner broke", error.InnerException!.Message);
            Assert.Contains("the runner broke", error.Message);
        }

        Assert.Equal(EngineState.Failed, engine.State);
        Assert.NotNull(engine.Failure);
        Assert.Throws<EngineFailedException>(() => engine.Submit(Request(5, 5)));
        await engine.DisposeAsync();
        Assert.True(runner.Disposed);
        Assert.Equal(EngineState.Failed, engine.State);
    }

    [Fact]
    public async Task A_failing_chooser_fails_its_request_alone()
    {
        await using var engine = new InferenceEngine(new FakeRunner(context: Context));
        GenerationStream other = engine.Submit(Request(5, 100));
        var broken = Request(5, 100, count: 3) with { Choosers = index => new FailingChooser(index) };
        Assert.Contains("constraint", (await Assert.ThrowsAsync<JobException>(() => Read(engine.Submit(broken)))).Message);
        var unmade = Request(5, 100) with { Choosers = _ => throw new InputException("no such grammar") };
        await Assert.ThrowsAsync<InputException>(() => Read(engine.Submit(unmade)));
        Assert.Equal(100, (await Read(other))[0].Count);
        Assert.Equal((EngineState.Running, 0), (engine.State, engine.Statistics.Cache.UsedBlocks));
    }

    [Fact]
    public async Task Draining_finishes_what_is_there_and_takes_nothing_new()
    {
        var runner = new FakeRunner(context: Context);
        var engine = new InferenceEngine(runner, new EngineOptions { MaxSequences = 1 });
        GenerationStream[] streams = [engine.Submit(Request(5, 50)), engine.Submit(Request(5, 50))];
        Task stopped = engine.StopAsync(drain: true);
        Assert.Throws<EngineStoppedException>(() => engine.Submit(Request(5, 5)));
        foreach (GenerationStream stream in streams)
            Assert.Equal(50, (await Read(stream))[0].Count);
        await stopped;
        Assert.Equal((EngineState.Stopped, true), (engine.State, runner.Disposed));
        Assert.Throws<EngineStoppedException>(() => engine.Submit(Request(5, 5)));
    }

    [Fact]
    public async Task Stopping_ends_what_is_there()
    {
        var runner = new FakeRunner(context: Context);
        var engine = new InferenceEngine(runner, new EngineOptions { StreamCapacity = 8 }, leaveOpen: true);
        GenerationStream stream = engine.Submit(Request(5, 400));
        await engine.StopAsync(drain: false);
        await Assert.ThrowsAsync<EngineStoppedException>(() => Read(stream));
        Assert.False(runner.Disposed);
        await engine.StopAsync(drain: true); // again: nothing to do
    }

    [Fact]
    public async Task Draining_ends_when_its_caller_has_waited_long_enough()
    {
        var engine = new InferenceEngine(new FakeRunner(context: Context), new EngineOptions { StreamCapacity = 8 });
        GenerationStream unread = engine.Submit(Request(5, 400));
        using var patience = new CancellationTokenSource();
        Task stopped = engine.StopAsync(drain: true, patience.Token);
        Assert.False(stopped.IsCompleted);
        await patience.CancelAsync();
        await stopped;
        await Assert.ThrowsAsync<EngineStoppedException>(() => Read(unread));
    }

    [Fact]
    public async Task Too_many_requests_are_refused()
    {
        await using var engine = new InferenceEngine(new FakeRunner(context: Context), new EngineOptions { MaxRequests = 2 });
        GenerationStream first = engine.Submit(Request(5, 490));
        using GenerationStream second = engine.Submit(Request(5, 490));
        Assert.Contains('2', Assert.Throws<EngineOverloadedException>(() => engine.Submit(Request(5, 5))).Message);
        first.Dispose();
        await Until(() => engine.Statistics.OpenRequests == 1);
        engine.Submit(Request(5, 5)).Dispose();
    }

    [Fact]
    public async Task What_can_never_fit_is_refused_and_says_why()
    {
        await using var small = new InferenceEngine(new FakeRunner(blocks: 4, context: 100));
        ContextLengthException cache = Assert.Throws<ContextLengthException>(() => small.Submit(Request(65, 1)));
        Assert.Equal((65, 64, 64), (cache.PromptTokens, cache.Limit, small.ContextLength));
        Assert.Contains("cache", cache.Message);
        Assert.Single((await Read(small.Submit(Request(64, 50))))[0]); // one token, and the cache is full

        await using var large = new InferenceEngine(new FakeRunner(blocks: 40, context: 100));
        ContextLengthException context = Assert.Throws<ContextLengthException>(() => large.Submit(Request(101, 1)));
        Assert.Contains("context holds 100", context.Message);
        Assert.Equal(4, (await Read(large.Submit(Request(97, 50))))[0].Count);
    }

    [Fact]
    public async Task Wrong_requests_are_refused()
    {
        await using var engine = new InferenceEngine(new FakeRunner(), new EngineOptions { MaxSequences = 4 });
        GenerationRequest right = Request(5, 5);
        Assert.Throws<InputException>(() => engine.Submit(right with { Prompt = [] }));
        Assert.Throws<InputException>(() => engine.Submit(right with { Prompt = [1, 24] }));
        Assert.Throws<InputException>(() => engine.Submit(right with { Prompt = [-1] }));
        Assert.Throws<InputException>(() => engine.Submit(right with { Count = 5 }));
        Assert.Throws<InputException>(() => engine.Submit(right with { Adapter = 1 })); // has no name
        Assert.Throws<InputException>(() => engine.Submit(right with { Adapter = 2, AdapterName = "x" }));
        Assert.Throws<InputException>(() => engine.Submit(right with { Adapter = -2, AdapterName = "x" }));
        Assert.Throws<InputException>(() => right with { CacheSalt = new string('x', 5000) });
        Assert.Throws<InputException>(() => right with { Count = 0 });
        Assert.Equal(0, engine.Statistics.OpenRequests);
    }

    [Fact]
    public async Task Ids_beyond_the_vocabulary_are_never_generated()
    {
        await using var engine = new InferenceEngine(new FakeRunner(), new EngineOptions { VocabularySize = 3 });
        Assert.Throws<InputException>(() => engine.Submit(Request(1, 1) with { Prompt = [3] }));
        Assert.All((await Read(engine.Submit(Request(5, 100) with { Prompt = [1, 2] })))[0], token => Assert.InRange(token, 0, 2));
    }

    [Fact]
    public async Task A_crowd_that_comes_and_goes_leaves_nothing_behind()
    {
        var runner = new FakeRunner(blocks: 30, maxRows: 24, context: Context);
        await using var engine = new InferenceEngine(runner, new EngineOptions { MaxSequences = 5, StreamCapacity = 4, MaxRequests = 1000 });
        int complete = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(reader => Task.Run(async () =>
        {
            var random = new Random(reader);
            for (int i = 0; i < 40; i++)
            {
                GenerationRequest request = Request(random.Next(1, 80), random.Next(1, 40), random.Next(1, 4), seed: random.Next());
                using var cancellation = new CancellationTokenSource();
                int patience = random.Next(3) == 0 ? random.Next(20) : int.MaxValue;
                List<int>[] tokens = [[], [], []];
                try
                {
                    await foreach (GeneratedToken token in engine.Submit(request, cancellation.Token))
                    {
                        tokens[token.Index].Add(token.Token);
                        if (patience-- == 0 && random.Next(2) == 0)
                            break;
                        if (patience < 0)
                            await cancellation.CancelAsync();
                        if (random.Next(10) == 0)
                            await Task.Yield();
                    }
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                if (patience < 0)
                    continue;
                for (int index = 0; index < request.Count; index++)
                    Assert.Equal(RecordedGeneration.Alone(runner, request, index, Context).Tokens, tokens[index]);
                Interlocked.Increment(ref complete);
            }
        })));
        await Until(() => engine.Statistics.OpenRequests == 0);
        Assert.Equal((0, 0, 0), (engine.Statistics.Cache.UsedBlocks, engine.Statistics.RunningSequences, engine.Statistics.WaitingSequences));
        Assert.InRange(complete, 150, 320);
    }

    private static GenerationRequest Request(int length, int newTokens, int count = 1, int seed = 0, int? logProbabilities = null)
    {
        var random = new Random(length);
        return new GenerationRequest
        {
            Prompt = [.. Enumerable.Range(0, length).Select(_ => random.Next(24))],
            Options = new GenerationOptions { MaxTokens = newTokens, Temperature = 1, Seed = (ulong)seed, LogProbabilities = logProbabilities },
            Count = count,
        };
    }

    private static async Task<List<int>[]> Read(GenerationStream stream)
    {
        List<int>[] tokens = [.. Enumerable.Range(0, stream.Request.Count).Select(_ => new List<int>())];
        await foreach (GeneratedToken token in stream)
            tokens[token.Index].Add(token.Token);
        return tokens;
    }

    private static async Task Until(Func<bool> holds)
    {
        while (!holds())
            await Task.Yield();
    }

    private sealed class FailingChooser(int index) : ITokenChooser
    {
        private int _count;

        public ChosenToken Choose(Span<float> logits, SamplingWorkspace workspace) => index == 1 && ++_count == 5 ? throw new JobException("the constraint allows no token") : new ChosenToken(1);

        public int Guess(ReadOnlySpan<float> logits, int ahead, SamplingWorkspace workspace) => 1;
    }
}
