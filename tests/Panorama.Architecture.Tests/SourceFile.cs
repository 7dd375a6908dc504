using Panorama.Tests;

namespace Panorama.Architecture.Tests;

/// <summary>A C# file of the repository.</summary>
/// <param name="Path">Relative to the repository, with forward slashes.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record SourceFile(string Path, IReadOnlyList<string> Lines)
{
    /// <summary>The files of libraries and programs.</summary>
    public static IReadOnlyList<SourceFile> Shipped { get; } = [.. In("src"), .. In("apps")];

    /// <summary>All files, tests included.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = [.. Shipped, .. In("tests"), .. In("benchmarks"), .. In("samples")];

    /// <summary>The project it belongs to.</summary>
    public string Project => Path.Split('/')[1];

    private static IEnumerable<SourceFile> In(string folder)
    {
        string root = System.IO.Path.Combine(Repository.Root, folder);
        if (!Directory.Exists(root))
            return [];
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => new SourceFile(System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'), File.ReadAllLines(file)))
            .Where(file => !file.Path.Contains("/obj/", StringComparison.Ordinal) && !file.Path.Contains("/bin/", StringComparison.Ordinal))
            .OrderBy(file => file.Path, StringComparer.Ordinal);
    }
}
