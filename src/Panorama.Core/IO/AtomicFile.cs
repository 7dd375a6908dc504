using System.Text;
using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>
/// Writes a file so that its name always holds the whole old or the whole new content: a temporary file beside it is
/// written, flushed to disk, and renamed over it; then the folder's entry is flushed.
/// </summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 17;

    /// <summary>Writes bytes.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="bytes">The whole content.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        // A span cannot be captured; callers give kilobytes.
        byte[] copy = bytes.ToArray();
        Write(path, stream => stream.Write(copy), copy.Length);
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes what a callback produces.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the content to the stream given; when it throws, the old file stays.</param>
    /// <param name="bytesNeeded">The size to come, if known, for the message of a full disk.</param>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write, long? bytesNeeded = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        string temporary = TemporaryNames.Beside(path);
        DiskErrors.Guard(path, bytesNeeded, () =>
        {
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }

            DurableFolder.FlushEntries(TemporaryNames.ParentOf(path));
        });
    }
}
