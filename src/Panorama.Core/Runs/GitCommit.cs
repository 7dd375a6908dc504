namespace Panorama.Core.Runs;

/// <summary>Finds the commit of a working tree by reading git's files, without starting git (gitrepository-layout(5)).</summary>
public static class GitCommit
{
    private const int MaxSteps = 64;

    /// <summary>The commit checked out at, or above, a folder.</summary>
    /// <param name="folder">Where to start.</param>
    /// <returns>40 or 64 hexadecimal digits; <see langword="null"/>: no working tree, no commit yet, or a layout not known.</returns>
    public static string? Find(string folder)
    {
        try
        {
            string? gitFolder = FindGitFolder(Path.GetFullPath(folder));
            return gitFolder is null ? null : Resolve(gitFolder, ReadFirstLine(Path.Combine(gitFolder, "HEAD")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null; // a record without its commit is better than no run
        }
    }

    private static string? FindGitFolder(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            string git = Path.Combine(at, ".git");
            if (Directory.Exists(git))
            {
                return git;
            }

            // A linked working tree or a submodule names its folder in a file.
            if (File.Exists(git) && ReadFirstLine(git) is { } line && line.StartsWith("gitdir: ", StringComparison.Ordinal))
            {
                return Path.GetFullPath(Path.Combine(at, line["gitdir: ".Length..]));
            }
        }

        return null;
    }

    private static string? Resolve(string gitFolder, string? head)
    {
        string common = Path.Combine(gitFolder, "commondir");
        string commonFolder = File.Exists(common) && ReadFirstLine(common) is { } path ? Path.GetFullPath(Path.Combine(gitFolder, path)) : gitFolder;
        for (int step = 0; step < MaxSteps && head is not null; step++)
        {
            if (!head.StartsWith("ref: ", StringComparison.Ordinal))
            {
                return IsCommit(head) ? head : null;
            }

            string reference = head["ref: ".Length..].Trim();
            if (!reference.StartsWith("refs/", StringComparison.Ordinal) || reference.Contains("..", StringComparison.Ordinal))
            {
                return null;
            }

            head = ReadFirstLine(Path.Combine(gitFolder, reference))
                ?? ReadFirstLine(Path.Combine(commonFolder, reference))
                ?? FindPacked(Path.Combine(commonFolder, "packed-refs"), reference);
        }

        return null;
    }

    private static string? FindPacked(string path, string reference)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        foreach (string line in File.ReadLines(path))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && line.AsSpan(space + 1).SequenceEqual(reference))
            {
                return line[..space];
            }
        }

        return null;
    }

    private static bool IsCommit(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigitLower);

    private static string? ReadFirstLine(string path) => File.Exists(path) ? File.ReadLines(path).FirstOrDefault()?.Trim() : null;
}
