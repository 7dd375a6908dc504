using System.Runtime.CompilerServices;
using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Pipeline;
using Panorama.Data.Rejects;
using Panorama.Data.Sources.Xml;

namespace Panorama.Data.Sources;

/// <summary>XML documentation as compilers write it: one file, or all <c>.xml</c> files below a folder. One document a member.</summary>
/// <param name="path">A file or a folder.</param>
/// <param name="licence">SPDX id of the documentation's licence, if known.</param>
public sealed class XmlDocumentationSource(string path, string? licence = null) : IDocumentSource
{
    /// <inheritdoc/>
    public string Name => $"XML documentation in {path}";

    /// <inheritdoc/>
    public IAsyncEnumerable<Document> ReadAsync(RejectLedger rejects, CancellationToken cancellation = default)
    {
        IReadOnlyList<(string Path, string Relative)> files = Find();
        return ReadAsync(files.Select(f => new XmlInput(f.Path, $"{Path.ChangeExtension(f.Relative, null)}/", f.Relative, licence)), rejects, cancellation);
    }

    /// <summary>Reads several files at once, keeping their order.</summary>
    internal static async IAsyncEnumerable<Document> ReadAsync(
        IEnumerable<XmlInput> files, RejectLedger rejects, [EnumeratorCancellation] CancellationToken cancellation)
    {
        int ahead = 4 * Environment.ProcessorCount;
        await foreach (List<Document> documents in OrderedParallel.SelectAsync(
            files, f => XmlDocumentationFile.Read(f.Path, f.IdPrefix, f.Source, f.Licence, rejects), ahead, cancellation))
        {
            foreach (Document document in documents)
                yield return document;
        }
    }

    private List<(string Path, string Relative)> Find()
    {
        if (File.Exists(path))
            return [(path, Path.GetFileName(path))];
        if (!Directory.Exists(path))
            throw new InputException($"{path}: there is no such file or folder; give an XML documentation file or a folder of them.");
        var found = FileTree.Find(path, [".xml"]);
        return found.Count > 0
            ? found
            : throw new InputException($"{path}: no .xml file in this folder; documentation files lie beside the assemblies of a package.");
    }
}

/// <summary>One file to read and how to name what it yields.</summary>
internal sealed record XmlInput(string Path, string IdPrefix, string Source, string? Licence);
