using System.Text.RegularExpressions;
using Panorama.Tests;

namespace Panorama.Architecture.Tests;

/// <summary>The documentation has what a reader looks for, and its links lead somewhere.</summary>
public sealed partial class DocumentationTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("LICENSE")]
    [InlineData("docs/LOG.md")]
    public void The_usual_documents_are_there(string file) => Assert.True(new FileInfo(Path.Combine(Repository.Root, file)) is { Exists: true, Length: > 200 }, file);

    [Fact]
    public void The_readme_maps_every_library()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Empty(ProjectFile.Shipped.Where(project => !readme.Contains(project.Name, StringComparison.Ordinal)).Select(project => project.Name));
    }

    [Fact]
    public void Every_stage_and_decision_is_linked_from_its_index()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string decisions = File.ReadAllText(Path.Combine(Repository.Root, "docs", "adr", "README.md"));
        Assert.All(Directory.GetFiles(Path.Combine(Repository.Root, "docs", "stages"), "*.md"), page => Assert.Contains($"docs/stages/{Path.GetFileName(page)}", readme));
        Assert.All(Directory.GetFiles(Path.Combine(Repository.Root, "docs", "adr"), "0*.md"), page => Assert.Contains(Path.GetFileName(page), decisions));
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps()
    {
        int[] numbers = [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "adr"), "0*.md").Select(page => int.Parse(Path.GetFileName(page)[..4], System.Globalization.CultureInfo.InvariantCulture)).Order()];
        Assert.Equal(Enumerable.Range(1, numbers.Length), numbers);
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        string[] pages = [.. Directory.GetFiles(Repository.Root, "*.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)];
        var dead =
            from page in pages
            from Match link in Link().Matches(File.ReadAllText(page))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
            let path = Path.Combine(Path.GetDirectoryName(page)!, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{Path.GetRelativePath(Repository.Root, page)} -> {target}";
        Assert.Empty(dead);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
