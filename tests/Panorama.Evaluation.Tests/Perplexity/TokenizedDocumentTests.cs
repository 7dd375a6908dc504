using Panorama.Evaluation.Perplexity;

namespace Panorama.Evaluation.Tests.Perplexity;

public sealed class TokenizedDocumentTests
{
    [Fact]
    public void JoiningEndsEveryDocumentWithASeparatorThatCountsAsAByte()
    {
        TokenizedDocument joined = TokenizedDocument.Join([new(new[] { 1, 2 }, 5), new(new[] { 3 }, 4)], separator: 9);
        Assert.Equal([1, 2, 9, 3, 9], joined.Tokens.ToArray());
        Assert.Equal(11, joined.Utf8Bytes);
    }
}
