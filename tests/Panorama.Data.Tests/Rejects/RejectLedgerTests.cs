using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Data.Rejects;
using Panorama.Data.Tests.Support;

namespace Panorama.Data.Tests.Rejects;

public sealed class RejectLedgerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void EveryLineIsOnDiskBeforeTheLedgerIsClosed()
    {
        string path = Path.Combine(_folder.Path, "rejects.jsonl");
        using var ledger = new RejectLedger(path);
        ledger.Add("clean", DropReason.TooShort, Texts.Of("é", "kurz"), "detail");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        using var line = JsonDocument.Parse(reader.ReadToEnd());
        Assert.Equal("é", line.RootElement.GetProperty("id").GetString());
        Assert.Equal("too_short", line.RootElement.GetProperty("reason").GetString());
    }

    [Fact]
    public void AFullDiskIsOneClearErrorAndClosingAddsNone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        string path = Path.Combine(_folder.Path, "rejects.jsonl");
        File.CreateSymbolicLink(path, "/dev/full");
        using var ledger = new RejectLedger(path);
        var error = Assert.Throws<JobException>(() => ledger.Add("clean", DropReason.TooShort, Texts.Of("a", "b")));
        Assert.StartsWith($"{path}: no space left on the disk", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatIsNotThereIsAClearError()
    {
        var error = Assert.Throws<JobException>(() => new RejectLedger(Path.Combine(_folder.Path, "missing", "rejects.jsonl")));
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
