using System.Text;
using System.Text.RegularExpressions;
using Panorama.Tokenization.Patterns;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Tests.PreTokenizers;

public sealed class ScannerTests
{
    [Theory]
    [InlineData(SplitPattern.Llama3, "It's 12345 O'LEARY'LL", "It|'s| |123|45| O|'LEARY|'LL")]
    [InlineData(SplitPattern.Qwen2, "It's 123", "It|'s| |1|2|3")]
    [InlineData(SplitPattern.Gpt2, "It's 12345 WE'VE", "It|'s| 12345| WE|'|VE")]
    [InlineData(SplitPattern.Llama3, "System.Collections.BitArray", "System|.Collections|.BitArray")]
    [InlineData(SplitPattern.Gpt2, "System.Collections.BitArray", "System|.|Collections|.|BitArray")]
    [InlineData(SplitPattern.Llama3, "a();\n\n    b = 数据，并行", "a|();\n\n|   | b| =| 数据|，并行")]
    [InlineData(SplitPattern.Gpt2, "a \n\n  b  ", "a| \n\n | b|  ")]
    [InlineData(SplitPattern.Llama3, "x \t\r\n \n  y\t ", "x| \t\r\n \n| | y|\t ")]
    [InlineData(SplitPattern.Llama3, "'\u017Fe 'ſ", "'\u017F|e| '|ſ")] // the long s folds to s; after a space the quote ends a word
    public void WordsAreThoseOfTheExpression(SplitPattern pattern, string text, string expected) =>
        Assert.Equal(expected.Split('|'), Words(pattern, Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString));

    [Theory]
    [InlineData(SplitPattern.Gpt4o, "HelloWorld HTTPServer's été", "Hello|World| HTTPServer's| été")]
    [InlineData(SplitPattern.Gpt4o, "XMLs ABC'LL 12345/a//\n", "XMLs| ABC'LL| |123|45|/a|//\n")]
    [InlineData(SplitPattern.DeepSeekV3, "a  1234价格，x.Name  数", "a|  |123|4|价格|，|x|.Name|  |数")]
    public void NewerPatterns(SplitPattern pattern, string text, string expected) =>
        Assert.Equal(expected.Split('|'), Words(pattern, Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString));

    [Fact]
    public void ScannersAgreeWithTheirExpressionsInTheOwnEngine()
    {
        foreach (SplitPattern pattern in Enum.GetValues<SplitPattern>())
        {
            Splitter[] steps = [.. SplitPatternText.Of(pattern).Select(static e => new PatternSplitter(new Pattern(e), SplitBehavior.Isolated, invert: false))];
            SampleTexts.Unicode.Sample(text =>
            {
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                var pieces = new PieceList();
                pieces.Reset(utf8, atStart: true);
                foreach (Splitter step in steps) step.Apply(pieces);
                Assert.Equal(pieces.Pieces.ToArray().Select(p => Encoding.UTF8.GetString(utf8[p.Start..p.End])), Words(pattern, utf8).Select(Encoding.UTF8.GetString));
            }, iter: 3_000);
        }
    }

    [Theory]
    [InlineData(SplitPattern.Llama3)]
    [InlineData(SplitPattern.Qwen2)]
    [InlineData(SplitPattern.Gpt2)]
    public void ScannersAgreeWithTheRegularExpression(SplitPattern pattern)
    {
        // .NET sees surrogates instead of characters outside the basic plane, and folds no long s: those have tests of their own.
        var regex = new Regex(SplitPatternText.Of(pattern)[0], RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        SampleTexts.Unicode.Where(static t => !t.Any(char.IsSurrogate) && !t.Contains('\u017F')).Sample(text =>
            Assert.Equal(regex.Matches(text).Select(static m => m.Value), Words(pattern, Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString)), iter: 6_000);
    }

    [Fact]
    public void CharactersOutsideTheBasicPlaneHaveTheirClass() =>
        Assert.Equal(["𝒜𝓁", "😀", "𠜎"], Words(SplitPattern.Gpt2, "𝒜𝓁😀𠜎"u8.ToArray()).Select(Encoding.UTF8.GetString));

    [Fact]
    public void AnyBytesAreCutIntoWordsThatAreTheBytes() => SampleTexts.Bytes.Sample(static bytes =>
    {
        foreach (SplitPattern pattern in Enum.GetValues<SplitPattern>())
            Assert.Equal(bytes, Words(pattern, bytes).SelectMany(static w => w));
    }, iter: 5_000);

    [Theory]
    [InlineData(SplitPattern.Llama3)]
    [InlineData(SplitPattern.Qwen2)]
    [InlineData(SplitPattern.Gpt2)]
    [InlineData(SplitPattern.Gpt4o)]
    public void KnownByTheExactTextOnly(SplitPattern pattern)
    {
        Assert.Equal(pattern, SplitPatternText.Find(SplitPatternText.Of(pattern)[0]));
        Assert.Null(SplitPatternText.Find(SplitPatternText.Of(pattern)[0] + " "));
    }

    private static List<byte[]> Words(SplitPattern pattern, byte[] text)
    {
        var words = new List<byte[]>();
        for (int start = 0; start < text.Length;)
        {
            int end = pattern switch
            {
                SplitPattern.Llama3 => Llama3Scanner.WordEnd(text, start),
                SplitPattern.Qwen2 => Qwen2Scanner.WordEnd(text, start),
                SplitPattern.Gpt4o => Gpt4oScanner.WordEnd(text, start),
                SplitPattern.DeepSeekV3 => DeepSeekScanner.WordEnd(text, start),
                _ => Gpt2Scanner.WordEnd(text, start),
            };
            Assert.True(end > start);
            words.Add(text[start..end]);
            start = end;
        }

        return words;
    }
}
