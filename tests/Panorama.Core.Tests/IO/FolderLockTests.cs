using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Tests.IO;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void OneHolderAtATime()
    {
        string run = _folder["run"];
        using (FolderLock.Take(run))
        {
            var error = Assert.Throws<InputException>(() => FolderLock.Take(run));
            Assert.Contains(run, error.Message, StringComparison.Ordinal);
            Assert.Contains("in use", error.Message, StringComparison.Ordinal);
        }

        using FolderLock again = FolderLock.Take(run);
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsNoHeldLock()
    {
        _folder.Write("file", []);
        Assert.Throws<JobException>(() => FolderLock.Take(Path.Combine(_folder["file"], "run")));
    }

    public void Dispose() => _folder.Dispose();
}
