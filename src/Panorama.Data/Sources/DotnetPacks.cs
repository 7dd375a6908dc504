using System.Runtime.InteropServices;
using Panorama.Core.Errors;

namespace Panorama.Data.Sources;

/// <summary>One reference pack of an SDK.</summary>
/// <param name="Name">For example <c>Microsoft.NETCore.App.Ref</c>.</param>
/// <param name="Version">The newest version that has the framework asked for.</param>
/// <param name="Folder">The folder with the reference assemblies and their documentation.</param>
public sealed record ReferencePack(string Name, string Version, string Folder);

/// <summary>Finds the reference packs that came with the .NET SDK.</summary>
public static class DotnetPacks
{
    private const string BasePack = "Microsoft.NETCore.App.Ref";

    /// <summary>The folders in which a .NET SDK may lie, the likeliest first.</summary>
    public static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } set)
            yield return set;
        // <root>/shared/Microsoft.NETCore.App/<version>/
        if (RuntimeEnvironment.GetRuntimeDirectory() is { Length: > 0 } runtime)
            yield return Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        string host = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Environment.ProcessPath is { } running && string.Equals(Path.GetFileName(running), host, StringComparison.OrdinalIgnoreCase))
            yield return Path.GetDirectoryName(running)!;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var file = new FileInfo(Path.Combine(folder, host));
            if (file.Exists)
                yield return Path.GetDirectoryName(file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName)!;
        }
    }

    /// <summary>
    /// The newest version of each reference pack, from the first root that has any; the base class library's first,
    /// then by name.
    /// </summary>
    /// <param name="roots">Where SDKs may lie; null asks <see cref="Roots"/>.</param>
    /// <param name="framework">The target framework whose documentation is wanted.</param>
    /// <exception cref="InputException">No pack is found; the message says where was looked and what to install.</exception>
    public static IReadOnlyList<ReferencePack> Find(IEnumerable<string>? roots = null, string framework = "net10.0")
    {
        List<string> looked = [];
        foreach (string root in (roots ?? Roots()).Distinct(StringComparer.Ordinal))
        {
            looked.Add(root);
            string packs = Path.Combine(root, "packs");
            if (!Directory.Exists(packs))
                continue;
            List<ReferencePack> found = [.. Directory.EnumerateDirectories(packs, "*.Ref")
                .Select(pack => Newest(pack, framework)).OfType<ReferencePack>()
                .OrderByDescending(p => string.Equals(p.Name, BasePack, StringComparison.Ordinal))
                .ThenBy(p => p.Name, StringComparer.Ordinal)];
            if (found.Count > 0)
                return found;
        }

        throw new InputException(
            $"No .NET reference packs with {framework} documentation (packs/*.Ref/*/ref/{framework}/*.xml) below {string.Join(", ", looked)}; " +
            "install the .NET 10 SDK (not only its runtime) or set DOTNET_ROOT to its folder.");
    }

    private static ReferencePack? Newest(string pack, string framework) => Directory.EnumerateDirectories(pack)
        .Select(v => new ReferencePack(Path.GetFileName(pack), Path.GetFileName(v), Path.Combine(v, "ref", framework)))
        .Where(p => Directory.Exists(p.Folder) && Directory.EnumerateFiles(p.Folder, "*.xml").Any())
        .OrderByDescending(p => Order(p.Version))
        .ThenByDescending(p => p.Version, StringComparer.Ordinal)
        .FirstOrDefault();

    // Numbers first; with equal numbers a release is newer than its previews.
    private static (Version Numbers, bool Release) Order(string version)
    {
        int dash = version.IndexOf('-', StringComparison.Ordinal);
        return (Version.TryParse(dash < 0 ? version : version[..dash], out Version? numbers) ? numbers : new Version(0, 0), dash < 0);
    }
}
