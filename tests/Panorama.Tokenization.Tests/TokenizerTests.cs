using System.Text.Json.Nodes;
using Panorama.Core.Errors;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests;

public sealed class TokenizerTests
{
    private static readonly Dictionary<SplitPattern, Tokenizer> Trained = Enum.GetValues<SplitPattern>().ToDictionary(
        static p => p, static p => TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 600, PreTokenizer = p }));

    public static TheoryData<SplitPattern> Patterns => [.. Enum.GetValues<SplitPattern>()];

    [Theory]
    [InlineData("the then", "the|Ġthe|n")]
    [InlineData("hehe", "he|he")]
    [InlineData("tthe", "t|the")]
    [InlineData(" t he", "Ġ|t|Ġ|he")]
    [InlineData("é", "Ã|©")]
    public void HandWorkedMerges(string text, string expected)
    {
        Tokenizer tokenizer = TestFiles.Load(TestFiles.Json("h e", "t he", "Ġ the"));
        Assert.Equal(expected, tokenizer.Shown(tokenizer.Encode(text)));
    }

    [Fact]
    public void IgnoreMergesTakesWholeWordsFirst()
    {
        JsonObject json = TestFiles.Json("h e", "t he");
        json["model"]!["vocab"]!["hel"] = 258;
        json["added_tokens"]![0]!["id"] = 259;
        Assert.Equal("he|l", Shown("hel"));
        json["model"]!["ignore_merges"] = true;
        Assert.Equal("hel", Shown("hel"));
        Assert.Equal("he|l|l", Shown("hell"));
        json["added_tokens"]!.AsArray().Add(TestFiles.Added(258, "hel", special: true));
        Assert.Equal("he|l", Shown("hel")); // a control token is never the whole word

        string Shown(string text) => TestFiles.Load(json).Shown(TestFiles.Load(json).Encode(text));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void SamplesComeBack(SplitPattern pattern)
    {
        foreach (string text in SampleTexts.All) Assert.Equal(text, Trained[pattern].Decode(Trained[pattern].Encode(text)));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void AnyUnicodeComesBack(SplitPattern pattern) => SampleTexts.Unicode.Sample(text =>
    {
        Assert.Equal(text, Trained[pattern].Decode(Trained[pattern].Encode(text)));
        Assert.Equal(text, Trained[pattern].Decode(Trained[pattern].Encode(text, parseSpecial: true), skipSpecial: false));
    }, iter: 3_000);

    [Theory]
    [MemberData(nameof(Patterns))]
    public void AnyBytesComeBack(SplitPattern pattern) => SampleTexts.Bytes.Sample(bytes =>
    {
        var ids = new List<int>();
        Trained[pattern].Encode(bytes, ids);
        Assert.Equal(bytes, Trained[pattern].DecodeBytes([.. ids]));
    }, iter: 3_000);

    [Fact]
    public void EncodingAppendsToTheList()
    {
        Tokenizer tokenizer = Trained[SplitPattern.Llama3];
        var ids = new List<int> { 7 };
        tokenizer.Encode("ab"u8, ids);
        Assert.Equal([7, .. tokenizer.Encode("ab")], ids);
    }

    [Fact]
    public void SpecialTokensComeFromTextOnlyWhenAsked()
    {
        Tokenizer tokenizer = Trained[SplitPattern.Llama3];
        int end = tokenizer.SpecialTokens["<|im_end|>"];
        string text = "a<|im_end|>b";
        Assert.DoesNotContain(end, tokenizer.Encode(text));
        Assert.Equal([.. tokenizer.Encode("a"), end, .. tokenizer.Encode("b")], tokenizer.Encode(text, parseSpecial: true));
        Assert.Equal("ab", tokenizer.Decode(tokenizer.Encode(text, parseSpecial: true)));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, parseSpecial: true), skipSpecial: false));
    }

    [Fact]
    public void NoTextOfPiecesOfSpecialTokensMakesOne() =>
        Gen.OneOf("<|", "|>", "im", "_", "end", "start", "of", "text", "<|im_end|>", "<|endoftext|>", " ", "\n").Array[0, 20].Sample(static pieces =>
            Assert.DoesNotContain(Trained[SplitPattern.Llama3].Encode(string.Concat(pieces)), Trained[SplitPattern.Llama3].SpecialTokens.Values.Contains), iter: 3_000);

    [Fact]
    public void AddedTokensThatAreNotSpecialAreAlwaysFound()
    {
        JsonObject json = TestFiles.Json();
        json["added_tokens"]!.AsArray().Add(TestFiles.Added(257, "<think>", special: false));
        Tokenizer tokenizer = TestFiles.Load(json);
        Assert.Equal([257], tokenizer.Encode("<think>"));
        Assert.Equal("<think>", tokenizer.Decode([257, 256]));
        Assert.Equal([TestFiles.EndOfText], tokenizer.SpecialTokens.Keys);
    }

    [Fact]
    public void TokensAndIdsNameEachOther()
    {
        Tokenizer tokenizer = TestFiles.Load(TestFiles.Json("Ġ a"));
        Assert.Equal(258, tokenizer.VocabularySize);
        Assert.Equal(256, tokenizer.TokenToId("Ġa"));
        Assert.Equal("Ġa", tokenizer.IdToToken(256));
        Assert.Null(tokenizer.TokenToId("missing"));
        Assert.Equal(257, tokenizer.TokenToId(TestFiles.EndOfText));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(257)]
    [InlineData(int.MaxValue)]
    public void AnIdOutsideTheVocabularyIsNamed(int id)
    {
        Tokenizer tokenizer = TestFiles.Load(TestFiles.Json());
        Assert.Contains($"token id {id} ", Assert.Throws<InputException>(() => tokenizer.Decode([0, id])).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => tokenizer.IdToToken(id));
    }

    [Fact]
    public void OneWordOfManyBytesEncodesAsItsScanDoes()
    {
        // A long word takes the heap; cut into short ones at a place no merge crosses it takes the scan.
        Tokenizer tokenizer = TestFiles.Load(TestFiles.Json("a b", "ab ab", "b a", "abab ab"));
        string half = string.Concat(Enumerable.Repeat("abbab", 19));
        int[] expected = [.. tokenizer.Encode(half), .. tokenizer.Encode("x"), .. tokenizer.Encode(half)];
        Assert.Equal(expected, tokenizer.Encode($"{half}x{half}"));
        string hostile = new('a', 1 << 20);
        Assert.Equal(hostile, tokenizer.Decode(tokenizer.Encode(hostile)));
    }

    [Fact]
    public void ThreadsShareATokenizer()
    {
        Tokenizer tokenizer = Trained[SplitPattern.Llama3];
        int[][] expected = [.. SampleTexts.All.Select(t => tokenizer.Encode(t))];
        Parallel.For(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(expected[i % expected.Length], tokenizer.Encode(SampleTexts.All[i % expected.Length])));
    }

    [Fact]
    public void LoneSurrogatesBecomeTheReplacementCharacter() =>
        Assert.Equal("a\uFFFDb", Trained[SplitPattern.Llama3].Decode(Trained[SplitPattern.Llama3].Encode("a\uD800b")));
}
