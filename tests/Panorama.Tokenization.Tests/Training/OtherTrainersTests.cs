using Panorama.Core.Errors;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests.Training;

public sealed class OtherTrainersTests
{
    private static readonly string[] Texts = [.. Enumerable.Range(0, 60).Select(static i => $"the lower lowest newer newest widest tower number {i} and the flower 数据并行 训练\nnew line {i % 7}")];

    [Fact]
    public void UnigramGivesAnyTextBack()
    {
        Tokenizer tokenizer = Unigram(Texts.Concat(SampleTexts.All), 700);
        SampleTexts.Unicode.Where(static t => !t.Contains('\u2581', StringComparison.Ordinal)).Sample(text =>
        {
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            StreamingDecoder stream = tokenizer.CreateStreamingDecoder();
            Assert.Equal(text, string.Concat(ids.Select(stream.Append)) + stream.Flush());
        }, iter: 1_000);
    }

    [Fact]
    public void UnigramLearnsWordsAndRespectsItsSize()
    {
        Tokenizer tokenizer = Unigram(Texts, 400);
        Assert.InRange(tokenizer.VocabularySize, 300, 400);
        Assert.Equal("▁number", tokenizer.IdToToken(tokenizer.Encode("the number")[^1]));
        Assert.True(tokenizer.Encode("the lowest flower").Length <= 6, tokenizer.Shown(tokenizer.Encode("the lowest flower")));
        Assert.Equal("<0x41>", tokenizer.Decode(tokenizer.Encode("<0x41>")));
    }

    [Fact]
    public void TheThreadsDoNotMatter()
    {
        using var folder = new TemporaryFolder();
        Unigram(Texts, 420, threads: 1).Save(folder["u1"]);
        Unigram(Texts, 420, threads: 3).Save(folder["u3"]);
        Assert.Equal(File.ReadAllText(folder["u1/tokenizer.json"]), File.ReadAllText(folder["u3/tokenizer.json"]));
        WordPiece(300, threads: 1).Save(folder["w1"]);
        WordPiece(300, threads: 3).Save(folder["w3"]);
        Assert.Equal(File.ReadAllText(folder["w1/tokenizer.json"]), File.ReadAllText(folder["w3/tokenizer.json"]));
    }

    [Fact]
    public void WordPieceLearnsWordsAndTheirParts()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = WordPiece(300, threads: 2);
        tokenizer.Save(folder.Path);
        Tokenizer saved = Tokenizer.Load(folder.Path);
        Assert.Equal("the|number", saved.Shown(saved.Encode("The NUMBER")));
        Assert.Equal("the number", saved.Decode(saved.Encode("the number")));
        Assert.Equal([2, .. saved.Encode("new"), 3], saved.AddSpecialTokens(saved.Encode("new")));
        Assert.Equal("[UNK]", saved.Shown(saved.Encode("☃")));
        Assert.Contains(Enumerable.Range(0, saved.VocabularySize).Select(saved.IdToToken), static token => token.StartsWith("##", StringComparison.Ordinal) && token.Length > 3);
    }

    [Fact]
    public void WithoutTextOrRoomThereIsNothingToLearn()
    {
        Assert.Throws<InputException>(() => Unigram([], 400));
        Assert.Throws<InputException>(() => WordPieceTrainer.Train([" "], new WordPieceTrainerOptions(), cancellation: TestContext.Current.CancellationToken));
        Assert.Throws<InputException>(() => new UnigramTrainerOptions { VocabularySize = 100 });
        Assert.Throws<InputException>(() => new WordPieceTrainerOptions { SpecialTokens = ["[CLS]"] });
    }

    private static Tokenizer Unigram(IEnumerable<string> texts, int size, int threads = 2) =>
        UnigramTrainer.Train(texts, new UnigramTrainerOptions { VocabularySize = size, Threads = threads }, cancellation: TestContext.Current.CancellationToken);

    private static Tokenizer WordPiece(int size, int threads) =>
        WordPieceTrainer.Train(Texts, new WordPieceTrainerOptions { VocabularySize = size, Threads = threads }, cancellation: TestContext.Current.CancellationToken);
}
