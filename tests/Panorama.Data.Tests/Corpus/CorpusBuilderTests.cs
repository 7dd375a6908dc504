using Panorama.Core.Errors;
using Panorama.Data.Corpus;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Tests.Corpus;

public sealed class CorpusBuilderTests
{
    [Fact]
    public async Task FunnelAccountsForEveryDocument()
    {
        var random = new Random(3);
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next(5000)}"));
        List<Document> documents = [.. Enumerable.Range(0, 400).Select(i => Make($"d{i}", Words(40)))];
        documents.Add(Make("copy", documents[7].Text.ToUpperInvariant()));
        documents.Add(Make("short", "too short"));
        documents.Add(Make("near", documents[9].Text + " one more"));
        using var rejects = new RejectLedger();
        var builder = new CorpusBuilder(new CorpusOptions(), rejects);
        BuiltCorpus corpus = builder.Build(await builder.ReadAsync(new ListSource(documents), null, CancellationToken.None), CancellationToken.None);

        Assert.Equal(400, corpus.Training.Count + corpus.HeldOut.Count);
        Assert.InRange(corpus.HeldOut.Count, 1, 60);
        FunnelStep[] steps = [.. corpus.Funnel.Steps];
        Assert.Equal(["read", "clean", "passages", "exact_dedup", "near_dedup", "split"], steps.Select(s => s.Name));
        for (int i = 1; i < steps.Length; i++)
        {
            Assert.Equal(steps[i - 1].DocumentsOut, steps[i].DocumentsIn);
            Assert.Equal(steps[i].DocumentsIn - steps[i].DocumentsOut, steps[i].Dropped.Sum(d => d.Documents));
        }
    }

    [Fact]
    public async Task TakesDocumentsEvenlyWhenAskedForFewer()
    {
        using var rejects = new RejectLedger();
        var builder = new CorpusBuilder(new CorpusOptions { MaxDocuments = 4 }, rejects);
        IReadOnlyList<Document> read = await builder.ReadAsync(new ListSource([.. Enumerable.Range(0, 8).Select(i => Make($"{i}", "text"))]), null, CancellationToken.None);
        Assert.Equal(["0", "2", "4", "6"], read.Select(d => d.Id));
    }

    [Fact]
    public async Task AnEmptySourceIsAnError()
    {
        using var rejects = new RejectLedger();
        var builder = new CorpusBuilder(new CorpusOptions(), rejects);
        await Assert.ThrowsAsync<InputException>(() => builder.ReadAsync(new ListSource([]), null, CancellationToken.None));
    }

    [Fact]
    public void AFolderReadsBackWhatWasWrittenAndIsWholeOnlyThen()
    {
        string path = Directory.CreateTempSubdirectory("panorama-corpus-").FullName;
        try
        {
            var folder = new CorpusFolder(path);
            Assert.False(folder.IsWhole);
            Assert.Throws<InputException>(() => folder.Read());
            folder.Write(new BuiltCorpus([Make("a", "first")], [Make("b", "second")], new Funnel([new FunnelStep("read", 2, 11, 2, 11, 0.5, [])])));
            BuiltCorpus back = folder.Read();
            Assert.Equal(("a", "second", 0.5), (back.Training[0].Id, back.HeldOut[0].Text, back.Funnel.Steps[0].Seconds));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static Document Make(string id, string text) => new() { Id = id, Text = text, Source = "test" };

    private sealed class ListSource(IReadOnlyList<Document> documents) : IDocumentSource
    {
        public string Name => "a list";

        public async IAsyncEnumerable<Document> ReadAsync(RejectLedger rejects, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
        {
            await Task.CompletedTask;
            foreach (Document document in documents)
            {
                yield return document;
            }
        }
    }
}
