using Panorama.Core.Models;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;
using Panorama.Inference.Scheduling;

namespace Panorama.Inference.Tests.Engine;

public sealed class GenerationLoopTests
{
    [Fact]
    public void A_steady_step_allocates_nothing()
    {
        using var runner = new FakeRunner(blocks: 100, maxRows: 32, context: 256);
        var pool = new BlockPool(100);
        var loop = new GenerationLoop(runner, new Scheduler(pool, new SchedulerLimits { Rows = 32, Sequences = 8 }), pool, runner.VocabularySize);
        for (int i = 0; i < 6; i++)
            loop.Add(new CountingGeneration(new GenerationRequest { Prompt = [i, 2, 3], Options = new GenerationOptions { MaxTokens = 200, Temperature = i % 2 } }));
        for (int i = 0; i < 60; i++)
            loop.Step();

        // The runtime itself allocates when it compiles a method anew; it does so in one of the windows at most.
        long least = long.MaxValue;
        for (int window = 0; window < 5; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20; i++)
                loop.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(6 * 160, loop.GeneratedTokens);
    }

    [Fact]
    public void A_prompt_is_computed_once_for_all_its_sequences()
    {
        using var runner = new FakeRunner(blocks: 100, maxRows: 64);
        var pool = new BlockPool(100);
        var loop = new GenerationLoop(runner, new Scheduler(pool, new SchedulerLimits { Rows = 64, Sequences = 8 }), pool, runner.VocabularySize);
        int[] prompt = [.. Enumerable.Range(0, 50).Select(i => i % 20)];
        var generation = new RecordedGeneration(new GenerationRequest { Prompt = prompt, Count = 4, Options = new GenerationOptions { MaxTokens = 3, Temperature = 1 } });
        loop.Add(generation);
        while (loop.Step())
        {
        }

        Assert.Equal(50 + (4 * 2), runner.Rows);
        Assert.Equal(3, runner.Copies); // the last of the four goes on in place
        Assert.Equal(4, generation.Tokens.Select(tokens => string.Join(' ', tokens)).Distinct().Count());
    }

    [Fact]
    public void A_second_request_with_the_same_prompt_computes_its_end_only()
    {
        using var runner = new FakeRunner(blocks: 100, maxRows: 64);
        var pool = new BlockPool(100);
        var loop = new GenerationLoop(runner, new Scheduler(pool, new SchedulerLimits { Rows = 64, Sequences = 8 }), pool, runner.VocabularySize);
        int[] prompt = [.. Enumerable.Range(0, 50).Select(i => i % 20)];
        List<int>[] outputs = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            var generation = new RecordedGeneration(new GenerationRequest { Prompt = prompt, Options = new GenerationOptions { MaxTokens = 20, Temperature = 0 } });
            loop.Add(generation);
            while (loop.Step())
            {
            }

            return generation.Tokens[0];
        })];
        Assert.Equal(outputs[0], outputs[1]);
        Assert.Equal(50 + 19 + 2 + 19, runner.Rows);
        Assert.Equal((100L, 48L), (pool.Statistics.QueriedTokens, pool.Statistics.HitTokens));
    }

    private sealed class CountingGeneration(GenerationRequest request) : Generation(request)
    {
        public int Count { get; private set; }

        public override void Emit(in GeneratedToken token) => Count++;

        protected override void OnCompleted(Exception? error)
        {
        }
    }
}
