using System.Globalization;
using System.Xml;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Sources.Xml;

/// <summary>Reads one XML documentation file, member by member.</summary>
internal sealed class XmlDocumentationFile
{
    /// <summary>Files with more characters than this are refused from there on.</summary>
    public const long LargestFile = 256L << 20;

    private const int DeepestFile = 128;

    private readonly Dictionary<string, IReadOnlyList<string>> _typeParameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);
    private readonly InlineText _inline = new();
    private readonly string _idPrefix, _source, _assemblyFallback;
    private readonly string? _licence;

    private XmlDocumentationFile(string idPrefix, string source, string assemblyFallback, string? licence)
    {
        _idPrefix = idPrefix;
        _source = source;
        _assemblyFallback = assemblyFallback;
        _licence = licence;
    }

    /// <summary>Reads all members; what cannot be read is recorded and the members before it stay.</summary>
    /// <param name="path">The file.</param>
    /// <param name="idPrefix">Put before each member's id.</param>
    /// <param name="source">The documents' source.</param>
    /// <param name="licence">SPDX id, if known.</param>
    /// <param name="rejects">Where broken files are recorded.</param>
    public static List<Document> Read(string path, string idPrefix, string source, string? licence, RejectLedger rejects)
    {
        var file = new XmlDocumentationFile(idPrefix, source, Path.GetFileNameWithoutExtension(path), licence);
        List<Document> documents = [];
        try
        {
            using FileStream stream = File.OpenRead(path);
            using XmlReader reader = XmlReader.Create(stream, new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = LargestFile,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
            });
            file.ReadMembers(reader, documents);
        }
        catch (XmlException broken)
        {
            rejects.Add("read", DropReason.MalformedFile, string.Create(CultureInfo.InvariantCulture, $"{path}:{broken.LineNumber}"),
                new FileInfo(path).Length, broken.Message);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            rejects.Add("read", DropReason.Unreadable, path, 0, unreadable.Message);
        }

        return documents;
    }

    private void ReadMembers(XmlReader reader, List<Document> documents)
    {
        string assembly = _assemblyFallback;
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element)
                continue;
            if (reader.Depth > DeepestFile)
                throw new XmlException($"elements are nested more than {DeepestFile} deep");
            if (reader.LocalName is "assembly" && reader.Depth == 1)
                assembly = ReadAssembly(reader) is { Length: > 0 } name ? name : assembly;
            else if (reader.LocalName is "member")
                documents.Add(Make(MemberDocumentation.Read(reader, _inline), assembly));
        }
    }

    private string ReadAssembly(XmlReader reader)
    {
        string name = _inline.Read(reader, keepCodeLines: false);
        return name.Length <= 512 ? name : "";
    }

    private Document Make(MemberDocumentation member, string assembly)
    {
        bool known = DocumentationId.TryParse(member.Id, out DocumentationId id);
        string[] own = [.. member.TypeParameters.Select(p => p.Name)];
        if (known && id.Prefix == 'T' && own.Length > 0)
            _typeParameters[string.Join('.', id.Segments)] = own;
        MemberName name = known
            ? MemberName.Of(id, _typeParameters, own, [.. member.Parameters.Select(p => p.Name)])
            : new MemberName(member.Id, member.Id, TakesParameters: false);
        Dictionary<string, string> metadata = new(8, StringComparer.Ordinal)
        {
            [MetadataKeys.Layout] = DocumentationText.Layout,
            [MetadataKeys.Kind] = known ? id.Kind : "other",
            [MetadataKeys.Assembly] = assembly,
            [MetadataKeys.Name] = name.Full,
            [MetadataKeys.Signature] = name.Signature,
            [MetadataKeys.Language] = "en",
        };
        if (_licence is not null)
            metadata[MetadataKeys.Licence] = _licence;
        if (member.Inherits)
            metadata[MetadataKeys.Inherits] = "true";
        return new Document { Id = Unique(member.Id), Text = member.Text(name), Source = _source, Metadata = metadata };
    }

    // The format allows one entry a member, but tools write some twice.
    private string Unique(string memberId)
    {
        int times = _seen.GetValueOrDefault(memberId) + 1;
        _seen[memberId] = times;
        return times == 1
            ? $"{_idPrefix}{memberId}"
            : string.Create(CultureInfo.InvariantCulture, $"{_idPrefix}{memberId}#{times}");
    }
}
