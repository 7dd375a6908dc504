using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Tests.IO;

public sealed class AtomicFolderTests
{
    [Fact]
    public void AppearsOnlyWhenCommitted()
    {
        using var folder = new TemporaryFolder();
        string target = Path.Combine(folder["made"], "step-5");
        using (AtomicFolder made = AtomicFolder.Create(target))
        {
            Directory.CreateDirectory(Path.Combine(made.Path, "sub"));
            File.WriteAllText(Path.Combine(made.Path, "sub", "x"), "1");
            Assert.False(Directory.Exists(target));
            made.Commit();
        }

        Assert.Equal("1", File.ReadAllText(Path.Combine(target, "sub", "x")));
        Assert.Single(Directory.GetFileSystemEntries(folder["made"]));
    }

    [Fact]
    public void LeavesNothingWithoutACommit()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<InvalidOperationException>(() => AtomicFolder.Write(folder["x"], path =>
        {
            File.WriteAllText(Path.Combine(path, "half"), "1");
            throw new InvalidOperationException();
        }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void KeepsAnExistingFolderUnlessToldToReplaceIt()
    {
        using var folder = new TemporaryFolder();
        AtomicFolder.Write(folder["x"], path => File.WriteAllText(Path.Combine(path, "a"), "1"));
        void Second(bool replace) => AtomicFolder.Write(folder["x"], path => File.WriteAllText(Path.Combine(path, "b"), "2"), replace);

        Assert.Contains("exists already", Assert.Throws<JobException>(() => Second(replace: false)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder["x"], "a")));

        Second(replace: true);
        Assert.Equal(["b"], Directory.GetFiles(folder["x"]).Select(Path.GetFileName));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AFullDiskIsAJobErrorAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<JobException>(() => AtomicFolder.Write(folder["x"], _ => AtomicFileTests.WriteToAFullDisk()));
        Assert.StartsWith($"{folder["x"]}: no space left on the disk.", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AFailedFileIsReportedUnderTheNameTheUserKnows()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<JobException>(() => AtomicFolder.Write(folder["x"], path => AtomicFile.WriteAllText(Path.Combine(path, "none", "y"), "1")));
        Assert.StartsWith(Path.Combine(folder["x"], "none", "y") + ": cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void FlushesATreeWithALinkInACircle()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        using var folder = new TemporaryFolder();
        AtomicFolder.Write(folder["x"], path => Directory.CreateSymbolicLink(Path.Combine(path, "loop"), path));
        Assert.True(Directory.Exists(folder["x"]));
    }
}
