using System.Text;
using Panorama.Tokenization.Unicode;

namespace Panorama.Tokenization.Tests.Unicode;

public sealed class FormCTests
{
    // From the examples of Unicode annex 15 and the rules of Hangul composition.
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")] // angstrom sign: a singleton
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")] // the mark below composes only with s
    [InlineData("s\u0323\u0307", "\u1E69")]
    [InlineData("s\u0307\u0323", "\u1E69")] // marks are put in order first
    [InlineData("\u0958", "\u0915\u093C")] // excluded from composition
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uD558\u11AB", "\uD55C")]
    [InlineData("\u1161\u11AB", "\u1161\u11AB")]
    [InlineData("a\u0301\u0301", "\u00E1\u0301")]
    [InlineData("\uD834\uDD57\uD834\uDD65", "\uD834\uDD57\uD834\uDD65")] // U+1D157 U+1D165: excluded
    [InlineData("\uD804\uDC99\uD804\uDCBA", "\uD804\uDC9A")] // U+11099 U+110BA
    public void ByHand(string text, string expected) => Assert.Equal(expected, Normal(text));

    [Fact]
    public void NormalTextIsReturnedAsItIs()
    {
        foreach (string text in (string[])["", "plain", "déjà vu", "中文 文本", "Ελληνικά \U0001F600", "한국어", "half \uD800 pair"])
            Assert.Same(text, Normal(text));
    }

    [Fact]
    public void TwiceIsOnce()
    {
        Gen<string> text = Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['\u0300', '\u036F'], Gen.Char['\u1100', '\u11FF'], Gen.Char['\u00C0', '\u1FFF'], Gen.Char).Array[0, 12].Select(c => new string(c));
        text.Sample(t => Normal(Normal(t)) == Normal(t), iter: 20_000);
    }

    [Fact]
    public void AMillionMarksTakeNoQuadraticTime()
    {
        string hostile = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 300_000));
        string normal = Normal(hostile);
        Assert.Equal("\u1EA1\u0323", normal[..2]);
        Assert.Equal('\u0301', normal[^1]);
    }

    private static string Normal(string text) => UnicodeNormalizer.Normalize(text, NormalizationForm.FormC);
}
