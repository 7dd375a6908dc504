using System.Text;
using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Sources;

public sealed class FolderSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RejectLedger _ledger = new();

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task EveryKindIsReadInTheOrderOfPaths()
    {
        _folder.Write("b/page.html", "<html lang=\"de\"><head><title>Seite</title></head><body><nav>Menu</nav><p>Guten <b>Tag</b>.</p></body></html>");
        _folder.Write("a.txt", "Plain text.");
        _folder.Write("b/notes.md", "# Notes\n\nSome *words*.");
        _folder.Write("c.jsonl", "{\"id\":\"one\",\"text\":\"First.\",\"metadata\":{\"licence\":\"CC0-1.0\"}}\n{\"text\":\"Second.\"}\n");
        _folder.Write("Z.cs", "class A;\n");
        _folder.Write("skipped.bin", "no");
        Document[] documents = await new FolderSource(_folder.Path).AllAsync(_ledger);
        Assert.Equal(["Z.cs", "a.txt", "b/notes.md", "b/page.html", "one", "c.jsonl:2"], documents.Select(d => d.Id));
        Assert.Equal(["class A;\n", "Plain text.", "Notes\n\nSome words.", "Guten Tag.", "First.", "Second."], documents.Select(d => d.Text));
        Assert.Equal([null, null, null, null, "CC0-1.0", null], documents.Select(d => d.MetadataOrNull("licence")));
        Assert.Equal("de", documents[3].MetadataOrNull("language"));
        Assert.Equal("Notes Seite", $"{documents[2].Metadata["title"]} {documents[3].Metadata["title"]}");
        Assert.Empty(_ledger.Counts());
    }

    [Fact]
    public async Task WhatIsNoTextIsSetAsideWithItsReasonAndTheRestGoesOn()
    {
        _folder.Write("good.txt", "Good.");
        _folder.Write("utf16.txt", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("Grün 中")]);
        _folder.Write("utf32.txt", [.. Encoding.UTF32.GetPreamble(), .. Encoding.UTF32.GetBytes("Wide \U0001F600")]);
        _folder.Write("bom.txt", [.. Encoding.UTF8.GetPreamble(), .. "Marked."u8]);
        _folder.Write("latin1.txt", [(byte)'g', 0xFC]);
        _folder.Write("cut.txt", [.. Encoding.Unicode.GetPreamble(), 0x41]);
        _folder.Write("binary.txt", [0x41, 0, 0x42]);
        _folder.Write("empty.txt", "");
        _folder.Write("blank.txt", " \n ");
        _folder.Write("large.txt", new string('x', 2000));
        _folder.Write("nothing.html", "<html><script>1</script></html>");
        Document[] documents = await new FolderSource(_folder.Path, new FolderSourceOptions { LargestRecord = 1000 }).AllAsync(_ledger);
        Assert.Equal(["Marked.", "Good.", "Grün 中", "Wide \U0001F600"], documents.Select(d => d.Text));
        Assert.Equal(
            [("binary", 1), ("empty", 3), ("too_large", 1), ("undecodable", 2)],
            _ledger.Counts().Select(c => (c.Reason, (int)c.Documents)));
    }

    [Fact]
    public async Task MissingEmptyAndHopelessFoldersAreInputErrors()
    {
        await Assert.ThrowsAsync<InputException>(() => new FolderSource(_folder.File("none")).AllAsync(_ledger));
        var empty = await Assert.ThrowsAsync<InputException>(() => new FolderSource(_folder.Path).AllAsync(_ledger));
        Assert.Contains(".jsonl", empty.Message, StringComparison.Ordinal);
        _folder.Write("latin1.txt", [0xFC]);
        var hopeless = await Assert.ThrowsAsync<InputException>(() => new FolderSource(_folder.Path).AllAsync(_ledger));
        Assert.Contains("1 undecodable", hopeless.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenLinesOfAllFilesAreJudgedTogether()
    {
        _folder.Write("a.jsonl", string.Join('\n', Enumerable.Repeat("{\"text\":\"t\"}", 95)));
        string broken = _folder.Write("b.jsonl", string.Join('\n', Enumerable.Repeat("{", 6)));
        Assert.Equal(95, (await new FolderSource(_folder.Path).AllAsync(_ledger)).Length);
        var error = await Assert.ThrowsAsync<JobException>(() => new FolderSource(broken).AllAsync(_ledger));
        Assert.Contains("6 of 6", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobException>(() => new FolderSource(_folder.Path, new FolderSourceOptions { BrokenShare = 0.05 }).AllAsync(_ledger));
    }

    [Fact]
    public async Task LinksInCirclesAreNotFollowed()
    {
        _folder.Write("a/b/one.txt", "One.");
        try
        {
            Directory.CreateSymbolicLink(_folder.File("a/b/up"), _folder.Path);
            File.CreateSymbolicLink(_folder.File("a/dangling.txt"), _folder.File("gone.txt"));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Assert.Skip("this system does not allow links");
        }

        Assert.Equal("One.", Assert.Single(await new FolderSource(_folder.Path).AllAsync(_ledger)).Text);
        Assert.Equal("unreadable", Assert.Single(_ledger.Counts()).Reason);
    }

    [Fact]
    public async Task AUsersMetadataIsNeverTakenForApiDocumentation()
    {
        _folder.Write("own.jsonl", """{"text":"A pump | moves water","metadata":{"kind":"method","name":"A pump","panorama:layout":"api","colour":"red"}}""");
        Document document = Assert.Single(await new FolderSource(_folder.Path).AllAsync(_ledger));
        Assert.False(DocumentationText.Is(document));
        Assert.Equal(["colour", "kind", "name"], document.Metadata.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheFingerprintSeesNamesAndContents()
    {
        _folder.Write("a.txt", "one");
        _folder.Write("b.txt", "two");
        _folder.Write("c.bin", "not read");
        InputFingerprint first = new FolderSource(_folder.Path).Fingerprint(TestContext.Current.CancellationToken);
        Assert.Equal((2, 6), (first.Files, first.Bytes));
        _folder.Write("c.bin", "changed");
        File.SetLastWriteTimeUtc(_folder.File("a.txt"), DateTime.UnixEpoch);
        Assert.Equal(first, new FolderSource(_folder.Path).Fingerprint(TestContext.Current.CancellationToken));
        _folder.Write("b.txt", "owt");
        Assert.NotEqual(first, new FolderSource(_folder.Path).Fingerprint(TestContext.Current.CancellationToken));
        _folder.Write("b.txt", "two");
        File.Move(_folder.File("b.txt"), _folder.File("d.txt"));
        Assert.NotEqual(first, new FolderSource(_folder.Path).Fingerprint(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task FilesAreDocumentsWhole()
    {
        string text = string.Join("\n\n", Enumerable.Range(0, 400).Select(i => $"Paragraph {i} {new string('x', 60)}."));
        _folder.Write("long.txt", text);
        Assert.Equal(text, Assert.Single(await new FolderSource(_folder.Path).AllAsync(_ledger)).Text);
    }
}
