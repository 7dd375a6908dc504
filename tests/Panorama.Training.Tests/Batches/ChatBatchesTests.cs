using Panorama.Core.Errors;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Batches;
using Panorama.Training.Settings;

namespace Panorama.Training.Tests.Batches;

public sealed class ChatBatchesTests
{
    private const int Pad = 0;

    [Fact]
    public void OnlyAnswersHaveALossAndPaddingHasNone()
    {
        // Question 5 6, answer 7 8: the 6 predicts 7, the 7 predicts 8.
        var source = new ChatBatches([new ChatTokens([5, 6, 7, 8], [false, false, true, true])], 16, Pad, new TrainSettings { BatchSize = 1 });
        MicroBatch batch = Assert.Single(source.Get(1));
        Assert.Equal([5, 6, 7], batch.Tokens);
        Assert.Equal([MicroBatch.Ignore, 7, 8], batch.Targets);
        Assert.Equal(2, batch.TargetCount);
    }

    [Fact]
    public void EveryChatComesOnceAnEpochInAnOrderOfItsOwn()
    {
        const int Chats = 128;
        ChatTokens[] chats = [.. Enumerable.Range(1, Chats).Select(i => new ChatTokens([.. Enumerable.Repeat(i, 2 + (i % 7))], [.. Enumerable.Repeat(true, 2 + (i % 7))]))];
        var source = new ChatBatches(chats, 16, Pad, new TrainSettings { BatchSize = 4, AccumulationSteps = 2, Seed = 3 });
        long[] First(long epoch) => [.. Enumerable.Range(1, Chats / 8).SelectMany(s => source.Get((epoch * (Chats / 8)) + s)).SelectMany(b => Enumerable.Range(0, b.Rows).Select(r => b.Tokens[r * b.Length]))];
        long[] one = First(0), two = First(1);
        Assert.Equal(Enumerable.Range(1, Chats).Select(i => (long)i), one.Order());
        Assert.Equal(one.Order(), two.Order());
        Assert.NotEqual(one, two);
        Assert.Equal(one, First(0));
    }

    [Fact]
    public void ChatsOfSimilarLengthShareABatch()
    {
        ChatTokens[] chats = [.. Enumerable.Range(0, 128).Select(i => new ChatTokens(new int[2 + (i % 32)], [.. Enumerable.Repeat(true, 2 + (i % 32))]))];
        var source = new ChatBatches(chats, 64, Pad, new TrainSettings { BatchSize = 8 });
        long padded = 0, needed = chats.Sum(c => c.Ids.Length - 1);
        for (int step = 1; step <= 16; step++)
        {
            padded += source.Get(step).Sum(b => (long)b.Tokens.Length);
        }

        Assert.InRange(padded, needed, needed * 1.15);
    }

    [Fact]
    public void ABatchOfASmallSetHoldsNoChatSeveralTimes()
    {
        ChatTokens[] chats = [.. Enumerable.Range(1, 48).Select(i => new ChatTokens([.. Enumerable.Repeat(i, 1 + i)], [.. Enumerable.Repeat(true, 1 + i)]))];
        var source = new ChatBatches(chats, 64, Pad, new TrainSettings { BatchSize = 16 });
        for (int epoch = 0; epoch < 5; epoch++)
        {
            long[] seen = [.. Enumerable.Range(1, 3).SelectMany(s => source.Get((epoch * 3) + s)).SelectMany(b => Enumerable.Range(0, b.Rows).Select(r => b.Tokens[r * b.Length]))];
            Assert.Equal(48, seen.Distinct().Count());
        }
    }

    [Fact]
    public void NoChatIsAnError() => Assert.Throws<InputException>(() => new ChatBatches([], 16, Pad, new TrainSettings()));
}
