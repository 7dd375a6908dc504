using Panorama.Core.Errors;

namespace Panorama.Cli.Models;

/// <summary>Finds a run's inputs before an earlier run in its folder is removed: a misspelt name must not cost that run.</summary>
internal static class InputPaths
{
    /// <summary>Refuses a path at which there is nothing.</summary>
    /// <param name="setting">The setting that names it.</param>
    /// <param name="path">The path; <see langword="null"/> or empty: none is named.</param>
    /// <param name="file">What must be there, if not the path itself.</param>
    /// <exception cref="InputException">There is no such file or folder.</exception>
    public static void Require(string setting, string? path, string? file = null)
    {
        if (!string.IsNullOrEmpty(path) && !Path.Exists(file ?? path))
        {
            throw new InputException($"{setting}: {file ?? path} does not exist. Check the path.");
        }
    }
}
