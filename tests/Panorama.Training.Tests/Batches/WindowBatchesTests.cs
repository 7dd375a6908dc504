using Panorama.Data.Sampling;
using Panorama.Data.Shards;
using Panorama.Training.Batches;
using Panorama.Training.Settings;

namespace Panorama.Training.Tests.Batches;

public sealed class WindowBatchesTests
{
    /// <summary>The order of the data belongs to the seed: how many sequences a pass or a step takes only cuts it differently.</summary>
    [Fact]
    public void BatchSizeAndAccumulationDoNotChangeTheOrder()
    {
        var stream = new MemoryTokenStream(Enumerable.Range(0, 4000).ToArray());
        var sampler = new WindowSampler(stream, new WindowSamplerOptions { ContextLength = 16, Seed = 9 });
        long[] eights = Tokens(new TrainSettings { BatchSize = 8 }, 3), fours = Tokens(new TrainSettings { BatchSize = 4 }, 6), accumulated = Tokens(new TrainSettings { BatchSize = 2, AccumulationSteps = 4 }, 3);
        Assert.Equal(eights, fours);
        Assert.Equal(eights, accumulated);

        long[] Tokens(TrainSettings settings, int steps)
        {
            var source = new WindowBatches(sampler, settings);
            return [.. Enumerable.Range(1, steps).SelectMany(s => source.Get(s)).SelectMany(b => b.Tokens)];
        }
    }

    [Fact]
    public void TargetsAreTheNextTokens()
    {
        var sampler = new WindowSampler(new MemoryTokenStream(Enumerable.Range(0, 400).ToArray()), new WindowSamplerOptions { ContextLength = 16 });
        MicroBatch batch = Assert.Single(new WindowBatches(sampler, new TrainSettings { BatchSize = 3 }).Get(2));
        Assert.Equal(batch.Tokens.Select(t => t + 1), batch.Targets);
        Assert.Equal((3, 16), (batch.Rows, batch.Length));
    }
}
