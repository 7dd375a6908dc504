using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Sources;

/// <summary>
/// The API documentation of the .NET reference packs that came with the SDK: one document a member,
/// in the layout of <see cref="DocumentationText"/>. Found through the running SDK, not a fixed path.
/// </summary>
/// <param name="packs">The packs to read; null finds those of the SDK that is running.</param>
public sealed class DotnetDocumentationSource(IReadOnlyList<ReferencePack>? packs = null) : IDocumentSource
{
    /// <inheritdoc/>
    public string Name => "documentation of the .NET reference packs";

    /// <inheritdoc/>
    public IAsyncEnumerable<Document> ReadAsync(RejectLedger rejects, CancellationToken cancellation = default) =>
        XmlDocumentationSource.ReadAsync(
            // Packs repeat assemblies of the pack below them, so the pack is part of the id.
            Files().Select(f => new XmlInput(f.Path, $"{f.Pack.Name}/{Path.GetFileNameWithoutExtension(f.Path)}/", f.Name, "MIT")),
            rejects,
            cancellation);

    /// <summary>What the files are now; their names have the packs' versions in them.</summary>
    /// <param name="cancellation">Stops between two buffers.</param>
    public InputFingerprint Fingerprint(CancellationToken cancellation = default) =>
        InputFingerprint.Of([.. Files().Select(f => (f.Path, f.Name))], cancellation);

    private IEnumerable<(ReferencePack Pack, string Path, string Name)> Files() =>
        from pack in packs ?? DotnetPacks.Find()
        from file in Directory.EnumerateFiles(pack.Folder, "*.xml").Order(StringComparer.Ordinal)
        select (pack, file, $"{pack.Name}/{pack.Version}/{Path.GetFileName(file)}");
}
