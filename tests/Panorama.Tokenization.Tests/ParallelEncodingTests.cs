using System.Text;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests;

public sealed class ParallelEncodingTests
{
    [Theory]
    [InlineData(SplitPattern.Gpt2)]
    [InlineData(SplitPattern.Llama3)]
    [InlineData(SplitPattern.Qwen2)]
    [InlineData(SplitPattern.Gpt4o)]
    [InlineData(SplitPattern.DeepSeekV3)]
    public void ALongTextInPartsHasTheTokensOfTheWhole(SplitPattern pattern)
    {
        Tokenizer tokenizer = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 600, PreTokenizer = pattern });
        // Line ends and blank space of all kinds before letters of all kinds, where a wrong cut would show.
        var random = new Random(7);
        string[] bits = ["\n", "\n", "\r\n", " \n", "\n\n", "a", "Über", "中文", "é", "12", "。", "/", "!", " ", "'s", "\u3000\n", "<|im_end|>"];
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 400_000).Select(_ => bits[random.Next(bits.Length)])));
        var whole = new List<int>();
        tokenizer.Encode(text, whole, parseSpecial: true);
        Assert.Equal(whole, tokenizer.EncodeLong(text, 3, parseSpecial: true, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void TheWordsOfACutAreThoseOfTheWhole() => SampleTexts.Unicode.Select(SampleTexts.Unicode).Sample(static (before, after) =>
    {
        byte[] text = Encoding.UTF8.GetBytes($"xx{before}.\n中{after}");
        for (int at = 2; (at = TextCuts.Next(text, at)) < text.Length; at++)
        {
            foreach (SplitPattern pattern in Enum.GetValues<SplitPattern>())
            {
                var pieces = new PieceList();
                pieces.Reset(text, atStart: true);
                new ScannerPreTokenizer(pattern).Apply(pieces);
                Assert.Contains(pieces.Pieces.ToArray(), piece => piece.Start == at);
            }
        }
    }, iter: 2_000);

    [Fact]
    public void ManyTextsAtOnceAreEncodedAsOneByOne()
    {
        Tokenizer tokenizer = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 600 });
        string[] texts = [.. Enumerable.Range(0, 300).Select(static i => SampleTexts.All[i % SampleTexts.All.Length] + i)];
        int[][] expected = [.. texts.Select(t => tokenizer.Encode(t))];
        foreach (int threads in (int[])[1, 2, 5]) Assert.Equal(expected, tokenizer.EncodeBatch(texts, threads, cancellation: TestContext.Current.CancellationToken));
    }
}
