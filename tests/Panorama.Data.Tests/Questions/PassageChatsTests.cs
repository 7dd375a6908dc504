using Panorama.Data.Documents;
using Panorama.Data.Questions;

namespace Panorama.Data.Tests.Questions;

public sealed class PassageChatsTests
{
    [Fact]
    public void TheFirstSentenceAsksAndTheRestAnswers()
    {
        ChatRecord chat = Assert.Single(PassageChats.Of([Make("Rivers carry stones to the sea. The stones grow round on the way. Then they rest for a very long time.")]));
        Assert.Equal("Continue: Rivers carry stones to the sea. The stones grow round on the way.", chat.Messages[0].Content);
        Assert.Equal("Then they rest for a very long time.", chat.Messages[1].Content);
    }

    [Fact]
    public void ATitleAsksForTheText()
    {
        ChatRecord chat = Assert.Single(PassageChats.Of([Make("A bridge joins two banks of a river.", "Bridges")]));
        Assert.Equal("What does \"Bridges\" say?", chat.Messages[0].Content);
        Assert.Equal("A bridge joins two banks of a river.", chat.Messages[1].Content);
    }

    [Fact]
    public void TextsTooShortToCutAreLeftOut() => Assert.Empty(PassageChats.Of([Make("word"), Make("")]));

    private static Document Make(string text, string? title = null) => new()
    {
        Id = "x",
        Text = text,
        Source = "test",
        Metadata = title is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [MetadataKeys.Title] = title },
    };
}
