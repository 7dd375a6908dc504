using System.IO.Compression;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Documents;

public sealed class DocumentFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RejectLedger _ledger = new();

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("d.jsonl")]
    [InlineData("sub/d.jsonl.gz")]
    [InlineData("d.jsonl.zst")]
    public void DocumentsComeBackAsTheyWere(string name)
    {
        Document[] documents =
        [
            new() { Id = "1", Text = "line\nline \"quoted\" \\ tab\t", Source = "s", Metadata = new Dictionary<string, string> { ["licence"] = "MIT", ["Мой"] = "ключ" } },
            new() { Id = "2", Text = "中文 \U0001F600 <b>&amp;", Source = "s" },
        ];
        DocumentFile.Write(_folder.File(name), documents);
        Document[] read = [.. DocumentFile.Read(_folder.File(name), _ledger)];
        Assert.Equal(documents.Select(d => (d.Id, d.Text, d.Source)), read.Select(d => (d.Id, d.Text, d.Source)));
        Assert.Equal(documents[0].Metadata, read[0].Metadata);
        Assert.Empty(_ledger.Counts());
    }

    [Fact]
    public void TextStaysReadableInTheFile()
    {
        DocumentFile.Write(_folder.File("d.jsonl"), [Texts.Of("1", "中文 <b>")]);
        Assert.Equal("{\"id\":\"1\",\"text\":\"中文 <b>\",\"source\":\"test\",\"metadata\":{}}\n", File.ReadAllText(_folder.File("d.jsonl")));
    }

    [Fact]
    public void MissingFieldsAreFilledAndOddMetadataIsKept()
    {
        string path = _folder.Write("d.jsonl", "\n{\"text\":\"a\",\"other\":[1],\"metadata\":{\"n\":1.50,\"b\":true,\"z\":null,\"o\":{\"x\":\"y\"}}}\r\n");
        Document document = Assert.Single(DocumentFile.Read(path, _ledger));
        Assert.Equal(("d.jsonl:2", "d.jsonl:2"), (document.Id, document.Source));
        Assert.Equal("1.50 true {\"x\":\"y\"}", $"{document.Metadata["n"]} {document.Metadata["b"]} {document.Metadata["o"]}");
        Assert.False(document.Metadata.ContainsKey("z"));
    }

    [Fact]
    public void BrokenLinesAreNamedKeptAndPassedOver()
    {
        string[] broken = ["{\"text\":\"cut in ha", "[]", "{\"text\":1}", "{\"id\":\"no text\"}", "null", "{\"text\":\"\\ud800\"}", "{\"text\":\"a\"} x", new string('[', 100_000)];
        string path = _folder.Write("d.jsonl", string.Join('\n', broken.Prepend("{\"text\":\"first\"}").Append("{\"text\":\"last\"}")));
        string rejects = _folder.File("rejects.jsonl");
        using (var ledger = new RejectLedger(rejects))
        {
            Assert.Equal(["first", "last"], DocumentFile.Read(path, ledger, brokenShare: 0.9).Select(d => d.Text));
            Assert.Equal(broken.Length, Assert.Single(ledger.Counts()).Documents);
        }

        string[] lines = File.ReadAllLines(rejects);
        Assert.Equal(broken.Length, lines.Length);
        Assert.Contains($"\"reason\":\"broken_record\",\"where\":\"{path}:2\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("cut in ha", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void InvalidUtf8IsABrokenRecord()
    {
        string path = _folder.Write("d.jsonl", [.. "{\"text\":\""u8, 0xFF, .. "\"}\n{\"text\":\"good\"}"u8]);
        Assert.Equal("good", Assert.Single(DocumentFile.Read(path, _ledger, brokenShare: 0.5)).Text);
    }

    [Fact]
    public void TooManyBrokenLinesStopTheRun()
    {
        string path = _folder.Write("d.jsonl", string.Join('\n', Enumerable.Range(0, 20).Select(i => i < 3 ? "{" : "{\"text\":\"t\"}")));
        var error = Assert.Throws<JobException>(() => DocumentFile.Read(path, _ledger).Count());
        Assert.Contains("3 of 20 records are broken", error.Message, StringComparison.Ordinal);
        Assert.Equal(17, DocumentFile.Read(path, _ledger, brokenShare: 0.15).Count());

        // A long file does not have to be read to its end for that.
        string hopeless = _folder.Write("h.jsonl", string.Join('\n', Enumerable.Repeat("{", 5000)));
        Assert.Contains("of 1000", Assert.Throws<JobException>(() => DocumentFile.Read(hopeless, _ledger).Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-8")]
    public void ByteOrderMarksDecide(string encoding)
    {
        string path = _folder.File("d.jsonl");
        File.WriteAllText(path, "{\"text\":\"grün 中\"}\n{\"text\":\"zwei\"}\n", Encoding.GetEncoding(encoding));
        Assert.Equal(["grün 中", "zwei"], DocumentFile.Read(path, _ledger).Select(d => d.Text));
    }

    [Fact]
    public void BrokenGzipKeepsWhatCameBeforeAndABombIsStopped()
    {
        DocumentFile.Write(_folder.File("d.jsonl.gz"), Enumerable.Range(0, 2000).Select(i => Texts.Of($"{i}", $"text {i * 7919}")));
        byte[] whole = File.ReadAllBytes(_folder.File("d.jsonl.gz"));
        string broken = _folder.Write("b.jsonl.gz", whole[..(whole.Length / 2)]);
        int read = DocumentFile.Read(broken, _ledger, brokenShare: 0.5).Count();
        Assert.InRange(read, 1, 1999);

        using (var file = File.Create(_folder.File("bomb.jsonl.gz")))
        using (var gzip = new GZipStream(file, CompressionLevel.SmallestSize))
        {
            gzip.Write("{\"text\":\"fine\"}\n"u8);
            for (int i = 0; i < 40; i++)
                gzip.Write(new byte[1 << 20]);
        }

        Assert.Equal("fine", Assert.Single(DocumentFile.Read(_folder.File("bomb.jsonl.gz"), _ledger, brokenShare: 1)).Text);
        Assert.Contains(_ledger.Counts(), c => c.Reason == "malformed_file");
    }
}
