using Panorama.Core.Errors;

namespace Panorama.Tokenization.Serialization;

/// <summary>Writes a file so that a reader, or a crash, sees the old one or the new one and nothing between.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the target, flushes to disk, then renames.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new JobException($"{path}: cannot be written: {e.Message}", e);
        }
    }
}
