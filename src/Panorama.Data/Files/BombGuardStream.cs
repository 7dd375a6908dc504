using Panorama.Core.Errors;
using ZstdSharp;

namespace Panorama.Data.Files;

/// <summary>
/// Reads a decompressor and stops when it yields more than 100 times what it was fed, after the first megabyte:
/// no honest text compresses like that.
/// </summary>
/// <param name="content">The decompressor; disposed with this stream.</param>
/// <param name="file">What it reads from.</param>
/// <param name="path">For messages.</param>
internal sealed class BombGuardStream(Stream content, FileStream file, string path) : ForwardStream
{
    private const long FreeBytes = 1 << 20;
    private const long LargestRatio = 100;

    private long _yielded;

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = content.Read(buffer);
        }
        catch (Exception broken) when (broken is InvalidDataException or ZstdException or EndOfStreamException)
        {
            throw new InvalidFileException(path, $"the compressed data is broken after {_yielded} bytes of text ({broken.Message}).", broken);
        }

        _yielded += read;
        if (_yielded > FreeBytes && _yielded > LargestRatio * Math.Max(1, file.Position))
            throw new InvalidFileException(path, $"the file unpacks to more than {LargestRatio} times its size: it is taken for a decompression bomb.");
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
