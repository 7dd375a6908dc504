using System.Text;
using System.Text.RegularExpressions;
using Panorama.Core.Errors;
using Panorama.Tokenization.Patterns;

namespace Panorama.Tokenization.Tests.Patterns;

public sealed class PatternMatcherTests
{
    // Those that mean the same in .NET.
    public static TheoryData<string> Shared =>
    [
        "a|ab", "(?:a|ab)(?:c|bcd)?", "a*?b", "[^a-c]+", "[a-c&]+|.", @"\s+(?!\S)|\s+", "(?<!a)b", @"(?<=\s)\S", "(?i:the|'s)+", @"\p{L}+|\p{N}{1,3}", @"\P{Ll}+", "(a?)*b", "(?:a*)*",
        "(?>a+)b|a", "a{2}", "a{1,3}?b", @"x(?=\d)", @"\p{Lu}\p{Ll}*", "(?:)", @"^a|b$", @"\Aa|b\z", "[]a]+", "[a-]+", @"[\]\-x]+", "(?#note)a", "(?i)AB",
    ];

    [Theory]
    [MemberData(nameof(Shared))]
    public void AgreesWithTheRuntimeWhereTheSyntaxIsTheSame(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant | (pattern.StartsWith('^') ? RegexOptions.Multiline : RegexOptions.None), TimeSpan.FromSeconds(5));
        var own = new Pattern(pattern);
        Gen.OneOf("a", "b", "ab", "c", "d", "x", "T", "he", "the", "'s", " ", "\n", "1", "23", "é", "中", "]", "-", "&", "AB").Array[0, 24].Select(string.Concat).Sample(text =>
            Assert.Equal(regex.Matches(text).Where(static m => m.Length > 0).Select(static m => m.Value), Matches(own, text)), iter: 400);
    }

    [Theory]
    [InlineData("a++b|a", "aab", "aab")] // possessive
    [InlineData("a++ab|a", "aab", "a|a")]
    [InlineData("[a[bc]]+", "xabcx", "abc")] // nested classes are joined
    [InlineData(@"[\p{L}&&[^a-c]]+", "abcdef", "def")]
    [InlineData("[^(\\s|[.,])]+", "a(b|c, d", "a|b|c|d")]
    [InlineData(@"\p{Han}+", "a中文b", "中文")]
    [InlineData(@"\p{^L}+", "a12b", "12")]
    [InlineData(@"\x{1F600}|\u4e2d", "中😀", "中|😀")]
    [InlineData("[😀-😂]+", "a😁😂b", "😁😂")]
    [InlineData(@"\p{So}", "😀", "😀")]
    [InlineData(@"\p{N}{1,3}+", "12345", "12345")] // a plus after braces repeats again
    [InlineData(@"\w+", "a²_‍b", "a²_|b")]
    public void MeansWhatOnigurumaMeans(string pattern, string text, string expected) => Assert.Equal(expected.Split('|'), Matches(new Pattern(pattern), text));

    [Theory]
    [InlineData("(a+)+b")]
    [InlineData("(a|a)*b")]
    [InlineData("(a|aa)+$b")]
    [InlineData("(?:a*)*c")]
    [InlineData("a*a*a*a*a*b")]
    [InlineData("(?=(a+)+b)a|.*?b")]
    [InlineData("(?>(a+)+)b")]
    public void AnAttemptIsLinear(string pattern)
    {
        // Backtracking alone would take 2^n or n^6 steps; every start is tried, so n² in all.
        (long half, long whole) = (Steps(1_000), Steps(2_000));
        Assert.InRange(whole, half * 3, half * 5);
        Assert.InRange(whole, 2_000_000, 30 * 2_000_000);

        long Steps(int length)
        {
            var matcher = new PatternMatcher(new Pattern(pattern), textLength: 1 << 20);
            Assert.False(matcher.TryFind(Encoding.UTF8.GetBytes(new string('a', length)), 0, out _, out _));
            return matcher.Steps;
        }
    }

    [Fact]
    public void ATextThatTakesTooManyStepsIsRefused()
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 20_000));
        var matcher = new PatternMatcher(new Pattern("(a+)+b"), text.Length);
        Assert.Contains("(a+)+b", Assert.Throws<InputException>(() => matcher.TryFind(text, 0, out _, out _)).Message, StringComparison.Ordinal);
        Assert.Equal(matcher.MostSteps + 1, matcher.Steps);
    }

    [Theory]
    [InlineData("a*b")]
    [InlineData("(?=a*b)a")] // in another level
    [InlineData("(?>(?>(?>a*b)|a)|a)b")]
    [InlineData("(?:a(?=(?:a(?=a*b|a))*b|a))*b")] // levels share one bound
    public void AnAttemptThatHoldsTooMuchIsRefused(string pattern)
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', PatternMatcher.MostVisited + 10));
        var matcher = new PatternMatcher(new Pattern(pattern), text.Length);
        Assert.Contains(pattern, Assert.Throws<InputException>(() => matcher.TryFind(text, 0, out _, out _)).Message, StringComparison.Ordinal);
        Assert.InRange(matcher.Steps, PatternMatcher.MostVisited, 20L * PatternMatcher.MostVisited); // far from the bound of steps
    }

    [Fact]
    public void ManyRunsAfterALongOneDoNotMixTheirPlaces()
    {
        // The numbers of runs come round after 131,071 of them: what an old run has visited must not stop a new one.
        string text = "x" + new string('a', 1_500) + string.Concat(Enumerable.Repeat("wv", 150_000));
        Assert.Equal(["x" + new string('a', 1_500), .. Enumerable.Repeat("w", 150_000)], Matches(new Pattern("xa*|(?:w|w)"), text));
        byte[] utf8 = "ab"u8.ToArray();
        var matcher = new PatternMatcher(new Pattern("(?:a|b)*$"), 1 << 20);
        for (int i = 0; i < 300_000; i++)
        {
            Assert.True(matcher.TryFind(utf8, 0, out int start, out int end));
            Assert.Equal((0, 2), (start, end));
        }
    }

    private static List<string> Matches(Pattern pattern, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var matcher = new PatternMatcher(pattern, utf8.Length);
        var found = new List<string>();
        for (int at = 0; matcher.TryFind(utf8, at, out int start, out int end);)
        {
            if (end > start) found.Add(Encoding.UTF8.GetString(utf8.AsSpan(start..end)));
            at = end > start ? end : end + 1;
            if (at > utf8.Length) break;
            while (at < utf8.Length && (utf8[at] & 0xC0) == 0x80) at++;
        }

        return found;
    }
}
