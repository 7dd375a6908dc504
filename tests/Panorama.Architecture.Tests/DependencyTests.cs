namespace Panorama.Architecture.Tests;

/// <summary>The arrows between projects. Only what a csproj references itself is judged; the rest follows from it.</summary>
public sealed class DependencyTests
{
    // The whole truth; a project that is not here may reference nothing.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Text"] = ["Core"],
        ["Tokenization"] = ["Core"],
        ["Distributed"] = ["Core"],
        ["Quantization"] = ["Core"],
        ["Modeling"] = ["Core"],
        ["Safety"] = ["Text"],
        ["Data"] = ["Text", "Tokenization", "Distributed"],
        ["Evaluation"] = ["Text", "Tokenization"],
        ["Training"] = ["Modeling", "Data", "Distributed", "Evaluation"],
        ["Inference"] = ["Tokenization", "Quantization"],
        ["Alignment"] = ["Training", "Inference"],
        ["Serving"] = ["Inference", "Safety"],
        ["Server"] = ["Inference", "Serving"],
    };

    private static readonly string[] TorchProjects = ["Modeling", "Training", "Alignment"];
    private static readonly string[] AheadOfTimeProjects = ["Core", "Text", "Tokenization", "Quantization", "Inference", "Safety", "Serving"];

    [Fact]
    public void Projects_reference_only_what_the_design_allows()
    {
        var wrong =
            from project in ProjectFile.Shipped
            where project.ShortName != "Cli" // wires everything
            from reference in project.ProjectReferences.Select(path => Path.GetFileNameWithoutExtension(path)["Panorama.".Length..])
            where !Allowed.GetValueOrDefault(project.ShortName, []).Contains(reference)
            select $"{project.ShortName} -> {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_that_ships_references_tests_or_programs() =>
        Assert.Empty(ProjectFile.Shipped.SelectMany(project => project.ProjectReferences.Where(path => !path.Contains("/src/Panorama.", StringComparison.Ordinal) && !path.StartsWith("../Panorama.", StringComparison.Ordinal))));

    [Fact]
    public void Core_has_no_packages() =>
        Assert.Empty(ProjectFile.All.Single(project => project.ShortName == "Core").Packages);

    [Fact]
    public void Torch_stays_on_its_side_of_the_line()
    {
        var packages =
            from project in ProjectFile.Shipped
            where !TorchProjects.Contains(project.ShortName)
            from package in project.Packages
            where package.Contains("torch", StringComparison.OrdinalIgnoreCase)
            select $"{project.Name} references {package}";
        var sources =
            from file in SourceFile.Shipped
            where !TorchProjects.Contains(file.Project["Panorama.".Length..])
            where file.Lines.Any(line => line.StartsWith("using", StringComparison.Ordinal) && line.Contains("TorchSharp", StringComparison.Ordinal))
            select $"{file.Path} uses TorchSharp";
        Assert.Empty(packages.Concat(sources));
    }

    [Fact]
    public void What_serves_can_be_compiled_ahead_of_time() =>
        Assert.All(ProjectFile.Shipped.Where(project => AheadOfTimeProjects.Contains(project.ShortName)), project => Assert.Equal("true", project.Property("IsAotCompatible")));

    [Fact]
    public void Package_versions_are_central() =>
        Assert.Empty(ProjectFile.All.Where(project => project.Xml.Descendants("PackageReference").Any(package => package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null)).Select(project => project.Path));
}
