using Panorama.Core.Errors;
using Panorama.Data.Dedup;
using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Sources;

public sealed class DotnetPacksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RejectLedger _ledger = new();

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task TheNewestVersionOfEachPackIsRead()
    {
        foreach (string version in (string[])["10.0.2", "10.0.12", "10.0.12-preview.1", "9.0.99", "odd"])
        {
            string framework = version.StartsWith('9') ? "net9.0" : "net10.0";
            _folder.Write($"packs/Microsoft.NETCore.App.Ref/{version}/ref/{framework}/System.Test.xml", Xml($"T:Base{version[0]}"));
        }

        _folder.Write("packs/A.Ref/1.0.0/ref/net10.0/A.xml", Xml("T:Other"));
        _folder.Write("packs/B.Host/1.0.0/ref/net10.0/B.xml", Xml("T:No"));
        _folder.Write("packs/C.Ref/1.0.0/ref/net9.0/C.xml", Xml("T:No"));
        IReadOnlyList<ReferencePack> packs = DotnetPacks.Find([_folder.File("missing"), _folder.Path]);
        Assert.Equal([("Microsoft.NETCore.App.Ref", "10.0.12"), ("A.Ref", "1.0.0")], packs.Select(p => (p.Name, p.Version)));

        Document[] documents = await new DotnetDocumentationSource(packs).AllAsync(_ledger);
        Assert.Equal(["Microsoft.NETCore.App.Ref/System.Test/T:Base1", "A.Ref/A/T:Other"], documents.Select(d => d.Id));
        Assert.Equal("Microsoft.NETCore.App.Ref/10.0.12/System.Test.xml", documents[0].Source);
        Assert.Equal("MIT", documents[0].Metadata["licence"]);
    }

    [Fact]
    public void WithoutPacksTheErrorSaysWhereItLookedAndWhatToInstall()
    {
        var error = Assert.Throws<InputException>(() => DotnetPacks.Find([_folder.Path]));
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("install the .NET 10 SDK", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheRunningSdkHasItsDocumentationAndItSplitsWithoutNeighbours()
    {
        ReferencePack pack = DotnetPacks.Find()[0];
        Assert.Equal("Microsoft.NETCore.App.Ref", pack.Name);
        Document[] documents = await new XmlDocumentationSource(Path.Combine(pack.Folder, "System.Collections.xml"), "MIT").AllAsync(_ledger);
        Document not = Assert.Single(documents, d => d.Metadata["name"] == "System.Collections.BitArray.Not");
        Assert.StartsWith("System.Collections.BitArray.Not | Inverts all the bit values", not.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(documents, d => d.Text.Contains('`', StringComparison.Ordinal) || d.Text.Contains("T:System", StringComparison.Ordinal));

        // The split's promise on natural text, by brute force and in views of other kinds than the splitter's own default.
        SimilarityView[] views =
        [
            new("words", d => d.Text, new Shingler(ShingleUnit.Words, 3)),
            new("description", DocumentationText.Description, new Shingler(ShingleUnit.Words, 3)),
            new("characters", d => d.Text, new Shingler(ShingleUnit.Characters, 5)),
        ];
        Document[] clean = [.. documents.Select(d => FilterChain.Default.Apply(d, _ledger)).OfType<Document>()];
        CorpusSplit split = new ClusterSplitter(new ClusterSplitOptions { LeastBytes = 0, HeldOutShare = 0.05, Views = views }).Apply(clean, _ledger);
        Assert.True(split.HeldOut.Count > 10 && split.Training.Count > 500, $"{split.HeldOut.Count} held out, {split.Training.Count} to train on");
        foreach (SimilarityView view in views)
        {
            ulong[][] held = [.. split.HeldOut.Select(d => view.Shingler.Shingles(view.Text(d)))];
            double most = split.Training.AsParallel().Max(d => held.Max(h => Jaccard.Of(h, view.Shingler.Shingles(view.Text(d)))));
            Assert.True(most < 0.5, $"{view.Name}: {most}");
        }
    }

    private static string Xml(string id) => $"<doc><members><member name=\"{id}\"><summary>s</summary></member></members></doc>";
}
