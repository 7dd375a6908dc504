using Panorama.Modeling.Families;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Batches;
using static TorchSharp.torch;

namespace Panorama.Training.Tests;

public sealed class HeldOutChatsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void EachChatCountsOnce(int count)
    {
        using var run = new TinyRun();
        ChatTokens[] chats = [.. Enumerable.Range(0, count).Select(Chat)];
        double alone = 0;
        long targets = 0;
        foreach (ChatTokens chat in chats)
        {
            MicroBatch batch = ChatBatches.Padded([chat], 0);
            alone += Loss(run.Model, batch);
            targets += batch.TargetCount;
        }

        Assert.Equal(alone / targets, new HeldOutChats(chats, 0).Measure(run.Model, CancellationToken.None)[EarlyStopping.Figure], 1e-5);
    }

    private static ChatTokens Chat(int i)
    {
        int length = 3 + (i % 9);
        return new ChatTokens([.. Enumerable.Range(0, length).Select(p => ((i * 7) + (p * p)) % TinyRun.Vocabulary)], [.. Enumerable.Range(0, length).Select(p => p > 1)]);
    }

    private static double Loss(DecoderModel model, MicroBatch batch)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        return TrainStep.Loss(model, batch).item<float>();
    }
}
