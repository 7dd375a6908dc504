using Panorama.Data.Dedup;

namespace Panorama.Data.Tests.Dedup;

public sealed class ShinglerTests
{
    private static readonly Shingler Three = new(ShingleUnit.Words, 3);

    [Theory]
    [InlineData("a b c d", 2)]
    [InlineData("a b c", 1)]
    [InlineData("a b", 1)]
    [InlineData("System.String | The text, again", 3)]
    [InlineData("the cat the cat the cat", 2)]
    [InlineData("...", 1)]
    [InlineData("", 1)]
    [InlineData("床前明月光", 3)]
    [InlineData("用.NET训练模型", 4)]
    public void CountsOfWordShingles(string text, int count) => Assert.Equal(count, Three.Shingles(text).Length);

    [Fact]
    public void CasePunctuationAndWhiteSpaceDoNotCount() =>
        Assert.Equal(Three.Shingles("gets the current value of it"), Three.Shingles("Gets\n the  (current) VALUE, of it."));

    [Fact]
    public void OrderCounts() => Assert.Equal(0, Jaccard.Of(Three.Shingles("a b c"), Three.Shingles("c b a")));

    [Fact]
    public void ShortTextsAreEqualOrDifferent()
    {
        Assert.Equal(1, Jaccard.Of(Three.Shingles("Key two"), Three.Shingles("key, two")));
        Assert.Equal(0, Jaccard.Of(Three.Shingles("key"), Three.Shingles("keys")));
        Assert.Equal(0, Jaccard.Of(Three.Shingles("+"), Three.Shingles("-")));
    }

    [Fact]
    public void CharacterShinglesSpanWords()
    {
        var five = new Shingler(ShingleUnit.Characters, 5);
        Assert.Equal(3, five.Shingles("ab--cdef").Length); // "ab cd", "b cde", " cdef"
        Assert.Equal(five.Shingles("ab cdef"), five.Shingles(" AB\tCDEF! "));
    }
}
