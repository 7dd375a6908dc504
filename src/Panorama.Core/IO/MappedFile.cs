using System.IO.MemoryMappedFiles;
using Panorama.Core.Errors;
using Panorama.Core.Native;

namespace Panorama.Core.IO;

/// <summary>
/// A file mapped into memory for reading. Addresses and spans are valid until <see cref="Dispose"/>, and the file must not
/// be shortened meanwhile. Reading from several threads is safe.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;
    private bool _disposed;

    private MappedFile(string path, long length, MemoryMappedViewAccessor? view)
    {
        (Path, Length, _view) = (path, length, view);
        if (view is not null)
        {
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _start = start + view.PointerOffset;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its size in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be read or mapped.</exception>
    public static MappedFile Open(string path)
    {
        using FileStream stream = InputFile.OpenRead(path);
        try
        {
            long length = stream.Length;
            if (length == 0)
            {
                // An empty file has nothing to map.
                return new MappedFile(path, 0, null);
            }

            // The view stays valid without the map's own handle, so that many files take no file descriptors.
            using var map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);

            // The file may have been shortened since; on Windows the view is longer, by the rest of a page.
            return new MappedFile(path, Math.Min(length, view.Capacity), view);
        }
        catch (Exception e) when (e is IOException or NotSupportedException)
        {
            throw new InputException($"{path}: cannot be mapped into memory: {e.Message}", e);
        }
    }

    /// <summary>The address of a part of the file.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="count">Bytes that will be read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the file.</exception>
    public byte* At(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return _start + offset;
    }

    /// <summary>A part of the file.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="count">Number of bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the file.</exception>
    public ReadOnlySpan<byte> Span(long offset, int count) => new(At(offset, count), count);

    /// <summary>
    /// Takes the pages read so far out of this process's memory; they come back from the file, or the system's cache of
    /// it, when they are read again. Does nothing on Windows.
    /// </summary>
    public void ReleasePages()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_start is not null && !OperatingSystem.IsWindows())
        {
            // Advice only: where it is refused, the memory stays as it was.
            _ = LibC.Advise((nint)_start, (nuint)Length, LibC.DoNotNeed);
        }
    }

    /// <summary>Unmaps the file: no address or span may be used any more.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _start = null;
            _view?.SafeMemoryMappedViewHandle.ReleasePointer();
            _view?.Dispose();
        }
    }
}
