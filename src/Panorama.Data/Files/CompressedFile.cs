using System.IO.Compression;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using ZstdSharp;

namespace Panorama.Data.Files;

/// <summary>Files that are compressed when their name says so: <c>.gz</c> (RFC 1952) and <c>.zst</c> (RFC 8878).</summary>
internal static class CompressedFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>The name without the extension of a compression.</summary>
    /// <param name="path">A file's name.</param>
    public static string PlainName(string path) => IsGzip(path) || IsZstandard(path) ? Path.ChangeExtension(path, null) : path;

    /// <summary>Opens a file for reading what it holds.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is missing or may not be read.</exception>
    public static Stream OpenRead(string path)
    {
        FileStream file = InputFile.OpenRead(path, FileOptions.SequentialScan, BufferBytes);
        if (IsGzip(path))
            return new BombGuardStream(new GZipStream(file, CompressionMode.Decompress), file, path);
        if (IsZstandard(path))
            return new BombGuardStream(new DecompressionStream(file, leaveOpen: false), file, path);
        return file;
    }

    /// <summary>Writes a file as a whole or not at all.</summary>
    /// <param name="path">The file; its folder is made if missing.</param>
    /// <param name="write">Writes the content as it is before compression.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            DiskErrors.Guard(folder, null, () => Directory.CreateDirectory(folder));
        AtomicFile.Write(path, file =>
        {
            if (IsGzip(path))
            {
                using var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
                write(gzip);
            }
            else if (IsZstandard(path))
            {
                using var zstandard = new CompressionStream(file, leaveOpen: true);
                write(zstandard);
            }
            else
            {
                write(file);
            }
        });
    }

    private static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static bool IsZstandard(string path) => path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase);
}
