using Panorama.Core.Errors;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads whole files of bounded size.</summary>
internal static class InputFile
{
    /// <summary>The bytes of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limit">The most bytes to read.</param>
    /// <param name="what">What the file is, for messages.</param>
    /// <exception cref="InputException">It is missing, unreadable or too large.</exception>
    public static byte[] ReadBytes(string file, long limit, string what)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length > limit) throw new InvalidFileException(file, $"{stream.Length} bytes are more than the {limit} allowed for a {what}.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{file}: there is no such file. Give the {what} or the folder that holds it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the {what} cannot be read: {e.Message}", e);
        }
    }
}
