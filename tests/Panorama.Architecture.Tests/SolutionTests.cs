using System.Xml.Linq;
using Panorama.Tests;

namespace Panorama.Architecture.Tests;

/// <summary>What lies on disk is in the solution, and is tested.</summary>
public sealed class SolutionTests
{
    [Fact]
    public void The_solution_lists_every_project_and_no_other()
    {
        var solution = XDocument.Load(Path.Combine(Repository.Root, "Panorama.slnx"));
        Assert.Equal(
            ProjectFile.All.Select(project => project.Path).Order(StringComparer.Ordinal),
            solution.Descendants("Project").Select(project => (string)project.Attribute("Path")!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_library_and_program_has_its_tests()
    {
        HashSet<string> names = [.. ProjectFile.All.Select(project => project.Name)];
        Assert.Empty(ProjectFile.Shipped.Where(project => !names.Contains(project.Name + ".Tests")).Select(project => project.Name));
    }

    [Fact]
    public void Every_project_has_content() =>
        Assert.Empty(ProjectFile.Shipped.Where(project => SourceFile.Shipped.All(file => file.Project != project.Name)).Select(project => project.Name));
}
