using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Attention;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Training.Batches;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training.Tests.Batches;

public sealed class PackedChatBatchesTests
{
    private const int Pad = 0;

    [Fact]
    public void EveryItemIsInOneRowNoRowIsTooLongAndRowsAreFull() =>
        Gen.Int[1, 50].Array[1, 300].Sample(lengths =>
        {
            int[][] rows = RowPacker.Pack(lengths, 50);
            Assert.Equal(Enumerable.Range(0, lengths.Length), rows.SelectMany(r => r).Order());
            Assert.All(rows, row => Assert.InRange(row.Sum(i => lengths[i]), 1, 50));

            // First fit decreasing needs at most 11/9 of the best, and 6/9 of a row more (Dósa 2007).
            double least = Math.Ceiling(lengths.Sum() / 50.0);
            Assert.True(rows.Length <= (11 / 9.0 * BestKnown(lengths, least)) + (6 / 9.0) + 1e-9, $"{rows.Length} rows for {least}");
        });

    [Fact]
    public void AnswersAreTheTargetsInEveryTurn()
    {
        ChatTokens chat = new([5, 6, 7, 8, 9, 10], [false, true, true, false, true, true]);
        MicroBatch batch = Assert.Single(new PackedChatBatches([chat], 16, Pad, new TrainSettings { BatchSize = 1 }).Get(1));
        Assert.Equal([5, 6, 7, 8, 9], batch.Tokens);
        Assert.Equal([6, 7, MicroBatch.Ignore, 9, 10], batch.Targets);
        Assert.Equal([0, 0, 0, 0, 0], batch.Segments!);
    }

    [Fact]
    public void AnEpochSeesEveryChatOnceInAnOrderOfItsOwnAndStepsCanBeAskedForInAnyOrder()
    {
        ChatTokens[] chats = [.. Enumerable.Range(1, 200).Select(i => Chat(i, 2 + (i % 9)))];
        var settings = new TrainSettings { BatchSize = 1, Seed = 3 };
        var source = new PackedChatBatches(chats, 16, Pad, settings);
        long[] one = Epoch(source, 0), two = Epoch(source, 1);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), one.Order());
        Assert.Equal(one.Order(), two.Order());
        Assert.NotEqual(one, two);
        var fresh = new PackedChatBatches(chats, 16, Pad, settings);
        Assert.Equal(source.Get(17)[0].Tokens, fresh.Get(17)[0].Tokens);
        Assert.InRange(source.Fill, 0.95, 1);
    }

    /// <summary>The order of sums differs between a row of several chats and one alone: float32 rounding over two blocks.</summary>
    [Fact]
    public void APackedChatHasTheLogitsAndGradientsItHasAlone()
    {
        using var model = new DecoderModel(ModelConfig.Llama(40, 16, 2, 4, 2, 32, 32, initializerRange: 0.2));
        model.Allocate().Initialize(4);
        ChatTokens[] chats = [Chat(3, 9), Chat(11, 7), Chat(23, 12)];
        MicroBatch packed = Assert.Single(new PackedChatBatches(chats, 32, Pad, new TrainSettings { BatchSize = 1 }).Get(1));
        Assert.Equal(3, packed.Segments!.Distinct().Count());

        float[] together = Gradient(model, [packed]);
        MicroBatch[] alone = [.. chats.Select(c => Assert.Single(new PackedChatBatches([c], 32, Pad, new TrainSettings { BatchSize = 1 }).Get(1)) with { Segments = null })];
        Assert.Equal(Gradient(model, alone), together, (a, b) => Math.Abs(a - b) < 1e-5 * Math.Max(1, Math.Abs(a)));

        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (MicroBatch one in alone)
        {
            // The chat starts where the row holds its tokens; first fit decreasing puts the longest first.
            int start = Enumerable.Range(0, packed.Length - one.Length + 1).First(s => packed.Tokens.AsSpan(s, one.Length).SequenceEqual(one.Tokens));
            Tensor whole = Logits(model, packed).narrow(1, start, one.Length), single = Logits(model, one);
            Assert.True((whole - single).abs().max().item<float>() < 1e-5);
        }
    }

    [Fact]
    public void NoChatIsAnError() => Assert.Throws<InputException>(() => new PackedChatBatches([], 16, Pad, new TrainSettings()));

    private static Tensor Logits(DecoderModel model, MicroBatch batch)
    {
        SequenceStarts? starts = batch.Segments is { } segments ? SequenceStarts.Of(segments, batch.Rows, batch.Length) : null;
        return model.Logits(model.Hidden(tensor(batch.Tokens, batch.Rows, batch.Length), starts: starts));
    }

    private static float[] Gradient(DecoderModel model, IEnumerable<MicroBatch> batches)
    {
        model.Parameters!.ZeroGradient();
        foreach (MicroBatch batch in batches)
        {
            using var scope = NewDisposeScope();
            TrainStep.Loss(model, batch).backward();
        }

        return TensorMemory.Span<float>(model.Parameters!.Gradient!).ToArray();
    }

    [Fact]
    public void APassOfTooManyTokensIsRefused() =>
        Assert.Throws<InputException>(() => new PackedChatBatches([Chat(1, 4)], 1 << 20, 0, new TrainSettings { BatchSize = 1024 }));

    private static ChatTokens Chat(int first, int length) =>
        new([.. Enumerable.Range(0, length).Select(i => i == 0 ? first : (first + (i * i)) % 40)], [.. Enumerable.Range(0, length).Select(i => i % 3 != 0)]);

    // First tokens of the chats, in the order of the epoch.
    private static long[] Epoch(PackedChatBatches source, int epoch) =>
        [.. Enumerable.Range(1, source.Rows).SelectMany(s => source.Get((epoch * source.Rows) + s)).SelectMany(b =>
            Enumerable.Range(0, b.Length).Where(i => b.Segments![i] >= 0 && (i == 0 || b.Segments[i - 1] != b.Segments[i])).Select(i => b.Tokens[i]))];

    // Items over half a row cannot share one.
    private static double BestKnown(int[] lengths, double least) => Math.Max(least, lengths.Count(l => l > 25));
}
