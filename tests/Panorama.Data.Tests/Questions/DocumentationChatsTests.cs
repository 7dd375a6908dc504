using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Questions;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Data.Tests.Support;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Data.Tests.Questions;

public sealed class DocumentationChatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("method", "What does System.Collections.BitArray.Not do?")]
    [InlineData("type", "What is System.Collections.BitArray.Not?")]
    [InlineData("property", "What is System.Collections.BitArray.Not?")]
    [InlineData("constructor", "What does the constructor System.Collections.BitArray.Not do?")]
    public void EvaluationAsksInTheFirstPhrasingOfTheKind(string kind, string question)
    {
        ChatRecord chat = Assert.Single(DocumentationChats.ForEvaluation([Member(kind, "System.Collections.BitArray.Not", "Inverts all the bit values.")]));
        Assert.Equal([new ChatMessage("user", question), new ChatMessage("assistant", "Inverts all the bit values.")], chat.Messages);
    }

    [Fact]
    public void ShortReturnsJoinTheAnswerAndLongOnesDoNot()
    {
        Assert.Equal("Counts.\nReturns: The number.", Answer(Member("method", "A.B", "Counts.\nSignature: B(int n)\nReturns: The number.\nRemarks: Slow.")));
        Assert.Equal("Counts.", Answer(Member("method", "A.B", $"Counts.\nReturns: {new string('x', 300)}")));
    }

    [Fact]
    public void OverloadsAreAskedAboutOnceAndOtherDocumentsNever()
    {
        Document[] documents =
        [
            Member("method", "A.B", "First."), Member("method", "A.B", "Second."), Member("method", "A.C", ""), Texts.Of("x", "Plain text."),
        ];
        Assert.Equal("First.", Assert.Single(DocumentationChats.ForTraining(documents, seed: 1)).Messages[1].Content);
    }

    [Fact]
    public void PhrasingsVaryByNameAndSeedOnly()
    {
        Document[] documents = [.. Enumerable.Range(0, 60).Select(i => Member("method", $"N.M{i}", $"Does {i}."))];
        string[] first = [.. DocumentationChats.ForTraining(documents, 1).Select(c => c.Messages[0].Content)];
        Assert.Equal(first, DocumentationChats.ForTraining(documents, 1).Select(c => c.Messages[0].Content));
        Assert.NotEqual(first, DocumentationChats.ForTraining(documents, 2).Select(c => c.Messages[0].Content));
        Assert.True(first.Select(q => q[..8]).Distinct().Count() >= 3);
        Assert.Contains(first, q => q.StartsWith("What does ", StringComparison.Ordinal));
    }

    [Fact]
    public void ChatsComeBackFromTheirFile()
    {
        ChatRecord[] chats = [.. DocumentationChats.ForEvaluation([Member("method", "A.B", "Grüßt."), Member("type", "A.C", "Is.")])];
        ChatFile.Write(_folder.File("chats.jsonl"), chats);
        ChatRecord[] read = [.. ChatFile.Read(_folder.File("chats.jsonl"))];
        Assert.Equal(chats.SelectMany(c => c.Messages), read.SelectMany(c => c.Messages));
        Assert.Equal(chats.Select(c => c.Id), read.Select(c => c.Id));
    }

    [Fact]
    public void BrokenChatsAreCountedAndTooManyStopTheRun()
    {
        string path = _folder.Write("c.jsonl", """
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}
            {"messages":[]}
            {"messages":[{"role":"nobody","content":"q"}]}
            {"messages":[{"role":"user"}]}
            {"messages":[null]}
            """);
        using var ledger = new RejectLedger();
        Assert.Equal("a", Assert.Single(ChatFile.Read(path, ledger, brokenShare: 0.8)).Messages[1].Content);
        Assert.Equal(4, Assert.Single(ledger.Counts()).Documents);
        Assert.Throws<JobException>(() => ChatFile.Read(path).Count());
    }

    private static string Answer(Document document) => Assert.Single(DocumentationChats.ForEvaluation([document])).Messages[1].Content;

    private static Document Member(string kind, string name, string body) => new()
    {
        Id = name,
        Source = "test",
        Text = $"{name} | {body}",
        Metadata = new Dictionary<string, string> { [MetadataKeys.Layout] = DocumentationText.Layout, [MetadataKeys.Kind] = kind, [MetadataKeys.Name] = name },
    };
}
