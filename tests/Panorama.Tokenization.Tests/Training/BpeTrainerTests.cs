using Panorama.Core.Errors;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests.Training;

public sealed class BpeTrainerTests
{
    private static readonly BpeTrainerOptions Plain = new() { SpecialTokens = [], Threads = 1 };

    [Fact]
    public void HandWorkedTraining()
    {
        // Words (GPT-2): aab 4, Ġab 3. Pairs: ab 7, aa 4, Ġa 3 -> ab; then a+ab 4, Ġ+ab 3.
        string text = string.Join('\n', "aab", "aab", "aab", "aab") + " ab ab ab";
        Tokenizer tokenizer = TestFiles.Train([text], Plain with { VocabularySize = 300, PreTokenizer = SplitPattern.Gpt2 });
        Assert.Equal(["ab", "aab", "Ġab"], Learned(tokenizer));
    }

    [Fact]
    public void OfEquallyFrequentPairsTheSmallerLeftThenRightIdIsFirst()
    {
        Tokenizer tokenizer = TestFiles.Train(["xy", "xy", "ab", "ab", "ax", "ax"], Plain with { VocabularySize = 300 });
        Assert.Equal(["ab", "ax", "xy"], Learned(tokenizer));
    }

    [Fact]
    public void RepeatedLettersMergeFromTheLeft()
    {
        // aaaaa twice: aa counts 4 a word; after aa: [aa aa a], pairs (aa,aa) and (aa,a) once each a word.
        Tokenizer tokenizer = TestFiles.Train(["aaaaa", "aaaaa"], Plain with { VocabularySize = 300 });
        Assert.Equal(["aa", "aaa", "aaaaa"], Learned(tokenizer));
    }

    [Fact]
    public void MergesAgreeWithTheDefinition() =>
        Gen.Select(Gen.String[Gen.Char['a', 'd'], 1, 12].Array[1, 30], Gen.Long[1, 3]).Sample(static (words, minFrequency) =>
        {
            Tokenizer tokenizer = TestFiles.Train(words, Plain with { VocabularySize = 290, MinFrequency = minFrequency });
            Assert.Equal(Definition.Learn(words, 290 - 256, minFrequency), Learned(tokenizer));
        }, iter: 500);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void ThreadsDoNotChangeTheResult(int threads)
    {
        string[] texts = Texts(seed: 5, count: 400);
        Assert.Equal(Learned(TestFiles.Train(texts, Plain with { VocabularySize = 700 })), Learned(TestFiles.Train(texts, Plain with { VocabularySize = 700, Threads = threads })));
    }

    [Fact]
    public void ThreadsDoNotChangeWhatIsForgotten()
    {
        // More distinct words than a sixteenth of 64 MiB holds, in several blocks.
        IEnumerable<string> texts = Enumerable.Range(0, 40).Select(static i => string.Join(' ', Enumerable.Range(0, 10_000).Select(j => ((long)((i * 10_000) + j) * 7919 % 262_139).ToString("D30"))));
        BpeTrainerOptions options = Plain with { VocabularySize = 600, MemoryLimitBytes = 64L << 20, PreTokenizer = SplitPattern.Gpt2 };
        WordCounts one = WordCounter.Count(texts, new ScannerCutter(options.PreTokenizer), options.Threads, options.MemoryLimitBytes, null, TestContext.Current.CancellationToken);
        WordCounts three = WordCounter.Count(texts, new ScannerCutter(options.PreTokenizer), 3, options.MemoryLimitBytes, null, TestContext.Current.CancellationToken);
        Assert.InRange(one.MemoryBytes, 1L << 20, 4L << 20);
        Assert.Equal(Table(one), Table(three));
    }

    [Fact]
    public void TheMostFrequentWordsAreKeptThenTheFirstInByteOrder()
    {
        var counts = new WordCounts();
        foreach ((string word, int times) in ((string, int)[])[("d", 1), ("b", 3), ("a", 1), ("c", 2), ("b", 2)]) counts.Add(System.Text.Encoding.ASCII.GetBytes(word), times);
        counts.KeepMostFrequent(counts.MemoryBytes / 4 * 3);
        Assert.Equal([("61", 1L), ("62", 5L), ("63", 2L)], Table(counts).Select(static p => (p.Key, p.Value)));
        counts.Add("d"u8, 4);
        Assert.Equal([("61", 1L), ("62", 5L), ("63", 2L), ("64", 4L)], Table(counts).Select(static p => (p.Key, p.Value)));
    }

    [Fact]
    public void LongTextsAreCutWithoutATrace()
    {
        string[] texts = [string.Join('\n', Texts(seed: 9, count: 600)), string.Join("\n\n  ", Texts(seed: 10, count: 200))];
        Assert.True(TextPieces.Of(texts[0]).Count() > 1);
        Assert.All(texts, static t => Assert.Equal(t, string.Concat(TextPieces.Of(t).Select(static p => p.Span.ToString()))));
        foreach (SplitPattern pattern in Enum.GetValues<SplitPattern>())
        {
            WordCounts cut = WordCounter.Count(texts, new ScannerCutter(pattern), Plain.Threads, Plain.MemoryLimitBytes, null, TestContext.Current.CancellationToken);
            Assert.Equal(WordsOf(pattern, texts), Table(cut));
        }
    }

    [Fact]
    public void ACutIsWhereEveryPatternEndsAWord()
    {
        string head = new('x', TextPieces.Target);
        TextPiece[] pieces = [.. TextPieces.Of($"{head}\n\nab \ncd\r\nef.\n'gh.\n ij.\nkl")];
        Assert.Equal(["kl"], pieces[1..].Select(static p => p.Span.ToString()));
        Assert.Equal(head.Length + 24, pieces[0].Length);
    }

    [Fact]
    public void SpecialTokensAreLastAndNeverLearned()
    {
        string[] texts = [.. Enumerable.Repeat("<|endoftext|> the end <|endoftext|> the", 50)];
        Tokenizer tokenizer = TestFiles.Train(texts, new BpeTrainerOptions { VocabularySize = 320, SpecialTokens = ["<|endoftext|>", "Ġthe", " end"] });
        Assert.Equal(tokenizer.VocabularySize - 3, tokenizer.SpecialTokens["<|endoftext|>"]);
        Assert.Equal(tokenizer.VocabularySize - 1, tokenizer.SpecialTokens[" end"]);
        Assert.DoesNotContain(tokenizer.Encode(texts[0]), tokenizer.SpecialTokens.Values.Contains);
    }

    [Fact]
    public void StopsWhenNoPairIsFrequentEnough() =>
        Assert.Equal(["ab"], Learned(TestFiles.Train(["abc", "abd"], Plain with { VocabularySize = 32_768 })));

    [Fact]
    public void AWordWithoutEndIsBounded()
    {
        string blob = string.Create(300_000, 0, static (span, _) => new Random(3).GetItems("acgt", span));
        Tokenizer tokenizer = TestFiles.Train([blob], Plain with { VocabularySize = 400 });
        Assert.Equal(400, tokenizer.VocabularySize);
        Assert.All(Learned(tokenizer), static t => Assert.InRange(t.Length, 2, WordCutter.LongestWord));
    }

    [Fact]
    public void NoTextIsAnError()
    {
        Assert.Contains("no text", Assert.Throws<InputException>(() => TestFiles.Train([], Plain)).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => TestFiles.Train(["", ""], Plain));
    }

    [Fact]
    public void WrongOptionsAreNamed()
    {
        Assert.Contains("vocabulary_size is 256", Assert.Throws<InputException>(() => new BpeTrainerOptions { VocabularySize = 256 }).Message, StringComparison.Ordinal);
        Assert.Contains("special_tokens", Assert.Throws<InputException>(() => new BpeTrainerOptions { SpecialTokens = ["x"] }).Message, StringComparison.Ordinal);
        Assert.Contains("special_tokens", Assert.Throws<InputException>(() => new BpeTrainerOptions { SpecialTokens = ["<s>", "<s>"] }).Message, StringComparison.Ordinal);
        Assert.Contains("258", Assert.Throws<InputException>(() => TestFiles.Train(["a"], new BpeTrainerOptions { VocabularySize = 257, SpecialTokens = ["<a>", "<b>"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CanBeStoppedAndPassesErrorsOfItsTexts()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => BpeTrainer.Train(Texts(1, 100), Plain, progress: null, stop.Token));
        Assert.Throws<InvalidDataException>(() => TestFiles.Train(Failing(), Plain));

        static IEnumerable<string> Failing()
        {
            yield return "text";
            throw new InvalidDataException();
        }
    }

    [Fact]
    public void ProgressEndsWithTheTotal()
    {
        var reports = new List<TokenizerTrainingProgress>();
        Tokenizer tokenizer = TestFiles.Train(Texts(1, 200), Plain with { VocabularySize = 600 }, new Synchronous(reports));
        Assert.Equal(TokenizerTrainingPhase.CountingWords, reports[0].Phase);
        Assert.Equal(new TokenizerTrainingProgress(TokenizerTrainingPhase.MergingPairs, tokenizer.VocabularySize, tokenizer.VocabularySize), reports[^1]);
    }

    private static string[] Learned(Tokenizer tokenizer) =>
        [.. Enumerable.Range(256, tokenizer.VocabularySize - 256).Select(tokenizer.IdToToken).Where(t => !tokenizer.SpecialTokens.ContainsKey(t))];

    private static string[] Texts(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, 12).Select(_ => SampleTexts.All[random.Next(SampleTexts.All.Length)])))];
    }

    private static SortedDictionary<string, long> Table(WordCounts counts)
    {
        var table = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (int i = 0; i < counts.Count; i++) table.Add(Convert.ToHexString(counts.Word(i)), counts.Frequency(i));
        return table;
    }

    private static SortedDictionary<string, long> WordsOf(SplitPattern pattern, string[] texts)
    {
        var table = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
            for (int start = 0, end; start < bytes.Length; start = end)
            {
                end = pattern switch
                {
                    SplitPattern.Llama3 => Llama3Scanner.WordEnd(bytes, start),
                    SplitPattern.Qwen2 => Qwen2Scanner.WordEnd(bytes, start),
                    SplitPattern.Gpt4o => Gpt4oScanner.WordEnd(bytes, start),
                    SplitPattern.DeepSeekV3 => DeepSeekScanner.WordEnd(bytes, start),
                    _ => Gpt2Scanner.WordEnd(bytes, start),
                };
                string word = Convert.ToHexString(bytes.AsSpan(start, end - start));
                table[word] = table.GetValueOrDefault(word) + 1;
            }
        }

        return table;
    }

    private sealed class Synchronous(List<TokenizerTrainingProgress> reports) : IProgress<TokenizerTrainingProgress>
    {
        public void Report(TokenizerTrainingProgress value) => reports.Add(value);
    }
}
