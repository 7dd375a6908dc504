using Panorama.Core.Errors;
using Panorama.Data.Sampling;
using Panorama.Data.Shards;

namespace Panorama.Data.Tests.Sampling;

public sealed class WindowSamplerTests
{
    private static readonly MemoryTokenStream Thousand = new(Enumerable.Range(0, 1000).ToArray());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEpochVisitsEveryWindowOnce(bool shift)
    {
        var sampler = new WindowSampler(Thousand, new WindowSamplerOptions { ContextLength = 16, Seed = 5, ShiftEachEpoch = shift });
        for (int epoch = 0; epoch < 3; epoch++)
        {
            List<long> starts = [];
            for (long i = 0; i < sampler.SamplesPerEpoch; i++)
                starts.Add(sampler.StartOf((epoch * sampler.SamplesPerEpoch) + i));
            Assert.NotEqual(starts.Order(), starts);
            starts.Sort();
            for (int i = 1; i < starts.Count; i++)
                Assert.Equal(16, starts[i] - starts[i - 1]);
            Assert.True(starts[0] < 16 && starts[^1] + 17 <= 1000);
        }
    }

    [Fact]
    public void EpochsDifferInOrderAndInTheirCuts()
    {
        var sampler = new WindowSampler(Thousand, new WindowSamplerOptions { ContextLength = 16, Seed = 5 });
        long[] shifts = [.. Enumerable.Range(0, 8).Select(e => sampler.StartOf(e * sampler.SamplesPerEpoch) % 16)];
        Assert.True(shifts.Distinct().Count() >= 4, string.Join(' ', shifts));
        var still = new WindowSampler(Thousand, new WindowSamplerOptions { ContextLength = 16, Seed = 5, ShiftEachEpoch = false });
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(0, still.StartOf(i) % 16));
    }

    [Fact]
    public void ASampleIsTheSameWhereverItIsAskedFor()
    {
        var options = new WindowSamplerOptions { ContextLength = 8, Seed = 42 };
        var straight = new WindowSampler(Thousand, options);
        int[][] all = [.. Enumerable.Range(0, 300).Select(i => Sample(straight, i))];
        // A restart in the middle, and two ranks that each take every other sample.
        var restarted = new WindowSampler(Thousand, options);
        for (int i = 299; i >= 0; i -= 2)
            Assert.Equal(all[i], Sample(restarted, i));
        Assert.Equal(Enumerable.Range(all[0][0], 9), all[0]);
        Assert.NotEqual(all[0], Sample(new WindowSampler(Thousand, options with { Seed = 43 }), 0));
    }

    [Fact]
    public void OneWindowIsEnoughAndFewerTokensAreRefused()
    {
        var options = new WindowSamplerOptions { ContextLength = 999 };
        Assert.Equal(1, new WindowSampler(Thousand, options).SamplesPerEpoch);
        Assert.Throws<InputException>(() => new WindowSampler(Thousand, options with { ContextLength = 1000 }));
        Assert.Throws<InputException>(() => options with { ContextLength = 0 });
    }

    private static int[] Sample(WindowSampler sampler, long index)
    {
        int[] tokens = new int[sampler.WindowLength];
        sampler.GetSample(index, tokens);
        return tokens;
    }
}
