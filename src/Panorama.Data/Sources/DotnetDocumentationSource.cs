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
    public IAsyncEnumerable<Document> ReadAsync(RejectLedger rejects, CancellationToken cancellation = default)
    {
        List<XmlInput> files = [];
        foreach (ReferencePack pack in packs ?? DotnetPacks.Find())
        {
            IEnumerable<string> found = Directory.EnumerateFiles(pack.Folder, "*.xml").Order(StringComparer.Ordinal);
            foreach (string file in found)
            {
                string assembly = Path.GetFileNameWithoutExtension(file);
                // Packs repeat assemblies of the pack below them, so the pack is part of the id.
                files.Add(new XmlInput(file, $"{pack.Name}/{assembly}/", $"{pack.Name}/{pack.Version}/{Path.GetFileName(file)}", "MIT"));
            }
        }

        return XmlDocumentationSource.ReadAsync(files, rejects, cancellation);
    }
}
