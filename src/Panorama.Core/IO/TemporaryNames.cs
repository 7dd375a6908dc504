namespace Panorama.Core.IO;

/// <summary>Names of files and folders that are not finished yet, so that what a killed process left can be told and removed.</summary>
internal static class TemporaryNames
{
    private const string Prefix = ".panorama-tmp-";

    /// <summary>A new name beside a target, on the same disk: it can be renamed to it.</summary>
    public static string Beside(string target) =>
        Path.Combine(ParentOf(target), Prefix + Guid.NewGuid().ToString("N"));

    /// <summary>The folder that holds a target.</summary>
    public static string ParentOf(string target) =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target))) ?? throw new ArgumentException($"{target} has no parent folder", nameof(target));

    /// <summary>Everything in a folder that was left unfinished.</summary>
    public static IEnumerable<FileSystemInfo> In(string folder) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos(Prefix + "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None, MatchType = MatchType.Simple });
}
