using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Tests.IO;

public sealed class AtomicFileTests
{
    [Fact]
    public void WritesAndReplaces()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteAllText(folder["x"], "old");
        AtomicFile.WriteAllText(folder["x"], "nëw");
        Assert.Equal("nëw"u8.ToArray(), File.ReadAllBytes(folder["x"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void ReadersSeeTheOldContentUntilTheEnd()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x", "old");
        AtomicFile.Write(folder["x"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(folder["x"]));
        });
        Assert.Equal("new", File.ReadAllText(folder["x"]));
    }

    [Fact]
    public void AFailureKeepsTheOldContentAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder["x"], stream =>
        {
            stream.Write("ne"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(folder["x"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AFullDiskIsAJobErrorWithPathAndSize()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<JobException>(() => AtomicFile.Write(folder["x"], stream => WriteToAFullDisk(), 3 << 20));
        Assert.Equal(1, error.ExitCode);
        Assert.StartsWith($"{folder["x"]}: no space left on the disk (3 MiB needed).", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AMissingFolderIsAJobError()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<JobException>(() => AtomicFile.WriteAllText(Path.Combine(folder["none"], "x"), "new"));
        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StaleTemporariesAreFoundAndRemoved()
    {
        using var folder = new TemporaryFolder();
        folder.Write("keep", "1");
        AtomicFolder abandoned = AtomicFolder.Create(folder["target"]);
        File.WriteAllText(Path.Combine(abandoned.Path, "half"), "2");
        File.WriteAllText(abandoned.Path + "0", "a file of a killed process");
        Assert.Equal(2, AtomicFolder.RemoveStale(folder.Path));
        Assert.Equal([folder["keep"]], Directory.GetFileSystemEntries(folder.Path));
        Assert.Equal(0, AtomicFolder.RemoveStale(folder["none"]));
    }

    // Linux has a device that is always full; elsewhere the code of its failure stands in.
    internal static void WriteToAFullDisk()
    {
        if (OperatingSystem.IsLinux())
        {
            using FileStream full = File.OpenWrite("/dev/full");
            full.Write(Encoding.ASCII.GetBytes("x"));
            full.Flush();
        }
        else
        {
            throw new IOException("full", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
        }
    }
}
