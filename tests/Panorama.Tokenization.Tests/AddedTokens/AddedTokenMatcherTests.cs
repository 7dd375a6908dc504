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
        Assert.Equal(id >= 0, Matcher.TryFind(Encoding.UTF8.GetBytes(text), out int foundAt, out int foundLength, out int foundId));
        Assert.Equal((at, length, id), (foundAt, foundLength, foundId));
    }
}
