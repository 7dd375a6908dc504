using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>
/// A file being written piece by piece under a temporary name beside its own. Its name holds the whole old content until
/// <see cref="Commit"/>, and the whole new one after it.
/// </summary>
public sealed class PendingFile : IDisposable
{
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _committed, _disposed;

    private PendingFile(string path, string temporary, FileStream stream) => (Path, _temporary, _stream) = (path, temporary, stream);

    /// <summary>The name that the file will have.</summary>
    public string Path { get; }

    /// <summary>Starts a file.</summary>
    /// <param name="path">Its name; its folder exists.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static PendingFile Create(string path)
    {
        const int BufferBytes = 1 << 17;
        string temporary = TemporaryNames.Beside(path);
        FileStream? stream = null;
        DiskErrors.Guard(path, null, () => stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes));
        return new PendingFile(path, temporary, stream!);
    }

    /// <summary>Appends bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException e)
        {
            throw DiskErrors.Explain(Path, null, e);
        }
    }

    /// <summary>Flushes the content to disk and gives the file its name.</summary>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DiskErrors.Guard(Path, null, () =>
        {
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
            File.Move(_temporary, Path, overwrite: true);
            _committed = true;
            DurableFolder.FlushEntries(TemporaryNames.ParentOf(Path));
        });
    }

    /// <summary>Closes the file; one that was not committed is removed.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            _stream.Dispose();
        }
        catch (IOException) when (!_committed)
        {
            // The last buffered bytes found no space; the file is removed anyway.
        }

        if (!_committed)
        {
            File.Delete(_temporary);
        }
    }
}
