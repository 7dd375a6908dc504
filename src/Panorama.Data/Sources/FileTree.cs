namespace Panorama.Data.Sources;

/// <summary>Lists the files of a folder in an order that is the same on every machine.</summary>
internal static class FileTree
{
    /// <summary>Folders nested deeper than this are not entered.</summary>
    public const int DeepestFolder = 64;

    /// <summary>
    /// All files below a folder whose name ends in one of the extensions, by ordinal order of the relative path
    /// (with <c>/</c>). Links to folders are not followed, so there are no cycles; unreadable folders are passed over.
    /// </summary>
    /// <param name="root">An existing folder.</param>
    /// <param name="extensions">With the dot, compared without case.</param>
    public static List<(string Path, string Relative)> Find(string root, IReadOnlyCollection<string> extensions)
    {
        List<(string Path, string Relative)> files = [];
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = false,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.System,
        };
        Stack<(string Folder, int Depth)> open = new();
        open.Push((root, 0));
        while (open.TryPop(out (string Folder, int Depth) next))
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(next.Folder).EnumerateFileSystemInfos("*", options))
            {
                if (entry is DirectoryInfo)
                {
                    if (entry.LinkTarget is null && next.Depth < DeepestFolder)
                        open.Push((entry.FullName, next.Depth + 1));
                }
                else if (extensions.Any(e => entry.Name.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
                {
                    files.Add((entry.FullName, Path.GetRelativePath(root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/')));
                }
            }
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Relative, b.Relative));
        return files;
    }
}
