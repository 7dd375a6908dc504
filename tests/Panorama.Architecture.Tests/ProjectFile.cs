using System.Xml.Linq;
using Panorama.Tests;

namespace Panorama.Architecture.Tests;

/// <summary>A project of the repository, as its csproj says; not what a build makes of it.</summary>
/// <param name="Name">The file name without its extension.</param>
/// <param name="Path">Relative to the repository, with forward slashes.</param>
/// <param name="Xml">The csproj.</param>
internal sealed record ProjectFile(string Name, string Path, XDocument Xml)
{
    private static readonly string[] Folders = ["src", "apps", "tests", "benchmarks", "samples"];

    /// <summary>All projects.</summary>
    public static IReadOnlyList<ProjectFile> All { get; } = [.. Folders
        .Select(folder => System.IO.Path.Combine(Repository.Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Order(StringComparer.Ordinal)
        .Select(Load)];

    /// <summary>The projects that ship: libraries and programs.</summary>
    public static IReadOnlyList<ProjectFile> Shipped { get; } = [.. All.Where(project => project.IsLibrary || project.IsProgram)];

    /// <summary>The name without the house's prefix: <c>Core</c>.</summary>
    public string ShortName => Name["Panorama.".Length..];

    /// <summary>Whether it lies in <c>src</c>.</summary>
    public bool IsLibrary => Path.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>Whether it lies in <c>apps</c>.</summary>
    public bool IsProgram => Path.StartsWith("apps/", StringComparison.Ordinal);

    /// <summary>The paths of the projects it references itself.</summary>
    public IEnumerable<string> ProjectReferences => Includes("ProjectReference");

    /// <summary>The packages it references itself.</summary>
    public IEnumerable<string> Packages => Includes("PackageReference");

    /// <summary>The value of a property, or <see langword="null"/>.</summary>
    /// <param name="property">Its name.</param>
    public string? Property(string property) => Xml.Descendants(property).LastOrDefault()?.Value;

    private IEnumerable<string> Includes(string item) =>
        Xml.Descendants(item).Select(element => (string?)element.Attribute("Include") ?? (string?)element.Attribute("Update") ?? "");

    private static ProjectFile Load(string path) => new(
        System.IO.Path.GetFileNameWithoutExtension(path),
        System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'),
        XDocument.Load(path));
}
