using System.Globalization;
using Panorama.Core.Errors;

namespace Panorama.Core.IO;

/// <summary>Opens files that come from outside, with errors that say what to do.</summary>
public static class InputFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Hints for the operating system.</param>
    /// <param name="bufferSize">Bytes the stream buffers; 0: none.</param>
    /// <exception cref="InputException">There is no such file, it is a folder, or it may not be read.</exception>
    public static FileStream OpenRead(string path, FileOptions options = FileOptions.None, int bufferSize = 0)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize, options);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException(Directory.Exists(path) ? $"{path}: is a folder; a file is needed." : $"{path}: may not be read. Check its permissions.", e);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such file.", e);
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a whole small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The largest size allowed: bounds the memory taken.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">It is larger than <paramref name="maxBytes"/>.</exception>
    public static byte[] ReadAllBytes(string path, int maxBytes)
    {
        using FileStream stream = OpenRead(path);
        try
        {
            // Some files, of /proc for one, have no length: the bound is checked while reading as well.
            RequireAtMost(path, stream.Length, maxBytes);
            using var content = new MemoryStream((int)stream.Length);
            byte[] buffer = new byte[Math.Min(64 * 1024, maxBytes + 1)];
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                RequireAtMost(path, content.Length + read, maxBytes);
                content.Write(buffer.AsSpan(0, read));
            }

            return content.Length == content.Capacity ? content.GetBuffer() : content.ToArray();
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static void RequireAtMost(string path, long length, int maxBytes)
    {
        if (length > maxBytes)
        {
            throw new InvalidFileException(path, string.Create(CultureInfo.InvariantCulture, $"is too large: at least {length:N0} bytes, at most {maxBytes:N0} allowed."));
        }
    }
}
