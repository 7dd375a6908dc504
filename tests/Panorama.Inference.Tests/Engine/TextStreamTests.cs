using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Core.Numerics;
using Panorama.Inference.Engine;

namespace Panorama.Inference.Tests.Engine;

public sealed class TextStreamTests
{
    private static readonly int[] Prompt = [104, 105];

    [Fact]
    public async Task The_text_of_every_sequence_is_that_of_the_simple_generator()
    {
        int vocabulary = ByteTokenizer.Instance.VocabularySize;
        await using var engine = new InferenceEngine(new FakeRunner(context: 300, vocabulary: vocabulary), new EngineOptions { StreamCapacity = 4 });
        using var model = new RunnerNextTokenModel(new FakeRunner(context: 300, vocabulary: vocabulary));
        var generator = new TextGenerator(model, ByteTokenizer.Instance, [ByteTokenizer.End]);
        int stopped = 0;
        for (ulong seed = 0; seed < 40; seed++)
        {
            var options = new GenerationOptions { MaxTokens = 60, Temperature = 1, Seed = seed, Stop = ["7", "ab", "é", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"], LogProbabilities = 1 };
            var request = new GenerationRequest { Prompt = Prompt, Options = options, Count = 3, EndTokens = [ByteTokenizer.End] };
            List<GeneratedPiece>[] pieces = [[], [], []];
            await foreach (IndexedPiece piece in new TextStream(engine.Submit(request), ByteTokenizer.Instance))
                pieces[piece.Index].Add(piece.Piece);
            for (int index = 0; index < 3; index++)
            {
                ulong own = index == 0 ? seed : new CounterRandom(seed, stream: 1).UInt64((ulong)index);
                List<GeneratedPiece> expected = [.. generator.Generate(Prompt, options with { Seed = own })];
                Assert.Equal(expected.Select(Shown), pieces[index].Select(Shown));
                stopped += pieces[index][^1].Finish == FinishReason.Stop ? 1 : 0;
            }
        }

        Assert.InRange(stopped, 10, 110);
        while (engine.Statistics.OpenRequests > 0)
            await Task.Yield();
        Assert.Equal(0, engine.Statistics.Cache.UsedBlocks);
    }

    [Fact]
    public async Task Stop_texts_that_are_not_allowed_are_refused()
    {
        int vocabulary = ByteTokenizer.Instance.VocabularySize;
        await using var engine = new InferenceEngine(new FakeRunner(vocabulary: vocabulary));
        var request = new GenerationRequest { Prompt = Prompt, Options = new GenerationOptions { Stop = [""] } };
        await using IAsyncEnumerator<IndexedPiece> reader = new TextStream(engine.Submit(request), ByteTokenizer.Instance).GetAsyncEnumerator();
        await Assert.ThrowsAsync<InputException>(async () => await reader.MoveNextAsync());
    }

    private static string Shown(GeneratedPiece piece) =>
        $"{piece.Text}|{string.Join(',', piece.Tokens)}|{piece.Finish}|{piece.LogProbabilities![0].Chosen}|{piece.LogProbabilities[0].Top[0]}";
}
