using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Tests.IO;

public sealed class PendingFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => Path.Combine(_folder.Path, "file.bin");

    [Fact]
    public void TheOldContentStaysUntilTheCommit()
    {
        File.WriteAllText(Target, "old");
        using (var file = PendingFile.Create(Target))
        {
            file.Write("new"u8);
            Assert.Equal("old", File.ReadAllText(Target));
            file.Commit();
            Assert.Equal("new", File.ReadAllText(Target));
        }

        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void WithoutACommitNothingIsLeftBehind()
    {
        using (var file = PendingFile.Create(Target))
        {
            file.Write("half"u8);
            Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void WhatAKilledProcessLeftIsFound()
    {
        using var file = PendingFile.Create(Target);
        Assert.Equal(1, AtomicFolder.RemoveStale(_folder.Path));
    }

    [Fact]
    public void AMissingFolderIsAClearError()
    {
        var error = Assert.Throws<JobException>(() => PendingFile.Create(Path.Combine(_folder.Path, "missing", "x")));
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
