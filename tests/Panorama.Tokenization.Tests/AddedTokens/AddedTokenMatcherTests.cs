using System.Text;
using Panorama.Tokenization.AddedTokens;

namespace Panorama.Tokenization.Tests.AddedTokens;

public sealed class AddedTokenMatcherTests
{
    private static readonly AddedTokenMatcher Matcher = new([new(1, "<a>", true), new(2, "<a>b", true), new(3, "<<a", true), new(4, "数据", false)]);

    [Theory]
    [InlineData("x<a>y", 1, 3, 1)]
    [InlineData("x<a>by", 1, 4, 2)] // the longest at a place
    [InlineData("<<a>b", 0, 3, 3)] // the leftmost wins
    [InlineData("<<<a", 1, 3, 3)]
    [InlineData("用数据", 3, 6, 4)]
    [InlineData("<a <b> 数", 10, 0, -1)]
    [InlineData("", 0, 0, -1)]
    public void FindsTheLeftmostLongest(string text, int at, int length, int id)
    {
        Assert.Equal(id >= 0, Matcher.TryFind(Encoding.UTF8.GetBytes(text), 0, out int start, out int end, out int foundId));
        Assert.Equal((at, length, id), (start, end - start, foundId));
    }

    [Theory]
    [InlineData("a mask b", 2, 6)]
    [InlineData("unmask b", -1, 0)]
    [InlineData("mask_ b", -1, 0)]
    [InlineData("(mask)", 1, 5)]
    public void SingleWordsStandAlone(string text, int start, int end) => Found(new AddedToken(1, "mask", true, SingleWord: true), text, start, end);

    [Theory]
    [InlineData("a \t<m> b", 1, 6)]
    [InlineData("<m>", 0, 3)]
    [InlineData("a\u3000<m>", 1, 7)]
    public void SpaceBeforeIsTaken(string text, int start, int end) => Found(new AddedToken(1, "<m>", true, TakesLeft: true), text, start, end);

    [Theory]
    [InlineData("a <m> \n b", 2, 8)]
    [InlineData("<m>", 0, 3)]
    public void SpaceAfterIsTaken(string text, int start, int end) => Found(new AddedToken(1, "<m>", true, TakesRight: true), text, start, end);

    private static void Found(AddedToken token, string text, int start, int end)
    {
        bool found = new AddedTokenMatcher([token]).TryFind(Encoding.UTF8.GetBytes(text), 0, out int foundStart, out int foundEnd, out _);
        Assert.Equal(start >= 0, found);
        if (found) Assert.Equal((start, end), (foundStart, foundEnd));
    }
}
