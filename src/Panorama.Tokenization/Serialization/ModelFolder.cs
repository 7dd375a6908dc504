using Panorama.Core.Errors;

namespace Panorama.Tokenization.Serialization;

/// <summary>Paths that may mean a file or the folder that holds it.</summary>
internal static class ModelFolder
{
    /// <summary>The file to read: the path itself, or the named file in it when it is a folder.</summary>
    public static string FileToRead(string path, string fileName) => Directory.Exists(path) ? Path.Combine(path, fileName) : path;

    /// <summary>The file to write: the path itself when it has the name's extension, else the named file in that folder, made when missing.</summary>
    /// <exception cref="JobException">The folder cannot be made.</exception>
    public static string FileToWrite(string path, string fileName)
    {
        bool isFile = path.EndsWith(Path.GetExtension(fileName), StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path);
        string file = isFile ? path : Path.Combine(path, fileName);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobException($"{file}: its folder cannot be made: {e.Message}", e);
        }

        return file;
    }
}
