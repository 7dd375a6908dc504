using System.IO.MemoryMappedFiles;
using Panorama.Core.Errors;

namespace Panorama.Data.Shards;

/// <summary>A whole file mapped for reading.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private bool _disposed;

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file; may be empty.</param>
    /// <exception cref="InputException">It is missing or cannot be read.</exception>
    public MappedFile(string path)
    {
        try
        {
            Length = new FileInfo(path).Length;
            if (Length == 0)
                return; // an empty file cannot be mapped
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _start = start + _view.PointerOffset;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            _view?.Dispose();
            _file?.Dispose();
            throw new InputException($"{path}: the file cannot be read ({cause.Message}).", cause);
        }
    }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>A part of the file, valid until it is disposed.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes.</param>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
