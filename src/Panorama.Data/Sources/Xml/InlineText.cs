using System.Runtime.InteropServices;
using System.Text;
using System.Xml;

namespace Panorama.Data.Sources.Xml;

/// <summary>Turns the mixed content of a documentation element into plain text (C# language specification, annex D.3).</summary>
internal sealed class InlineText
{
    /// <summary>Elements nested deeper than this inside a member are refused.</summary>
    public const int DeepestNesting = 64;

    /// <summary>A section longer than this many characters is refused.</summary>
    public const int LongestSection = 1 << 20;

    private readonly ProseWriter _prose = new();
    private readonly Stack<Frame> _open = new();

    /// <summary>Whether an inheritdoc element was met since this was last set to false.</summary>
    public bool SawInheritance { get; set; }

    /// <summary>Reads an element's content; afterwards the reader stands on its end.</summary>
    /// <param name="reader">Stands on the element's start.</param>
    /// <param name="keepCodeLines">Whether code keeps its line breaks; otherwise the text is one line.</param>
    /// <exception cref="XmlException">The XML is broken, nested too deeply, or too long.</exception>
    public string Read(XmlReader reader, bool keepCodeLines)
    {
        if (reader.IsEmptyElement)
            return "";
        int depth = reader.Depth;
        _open.Clear();
        while (reader.Read() && reader.Depth > depth)
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    _prose.Append(reader.Value);
                    break;
                case XmlNodeType.Element:
                    Start(reader, depth, keepCodeLines);
                    break;
                case XmlNodeType.EndElement:
                    End();
                    break;
            }

            if (_prose.Length > LongestSection)
                throw Refuse(reader, $"a section has more than {LongestSection} characters");
        }

        return _prose.Take();
    }

    private void Start(XmlReader reader, int depth, bool keepCodeLines)
    {
        if (reader.Depth - depth > DeepestNesting)
            throw Refuse(reader, $"elements are nested more than {DeepestNesting} deep");
        string name = reader.LocalName;
        switch (name)
        {
            case "listheader" or "script" or "style" or "devremarks" or "forInternalUseOnly":
                Skip(reader);
                return;
            case "inheritdoc":
                SawInheritance = true;
                break;
            case "code" when keepCodeLines && !reader.IsEmptyElement:
                _prose.AppendCode(Raw(reader));
                return;
            case "para" or "p" or "br" or "div" or "list" or "ul" or "ol" or "term":
                _prose.Break();
                break;
            case "item" or "li":
                _prose.Punctuate(';', _open.TryPeek(out Frame list) ? list.Start : 0);
                break;
            case "description":
                _prose.Punctuate(':', _open.TryPeek(out Frame item) ? item.Start : 0);
                break;
            case "sup":
                _prose.Append("^");
                break;
        }

        string? fallback = Reference(reader, name);
        if (!reader.IsEmptyElement)
            _open.Push(new Frame(name, _prose.Length, fallback));
        else if (fallback is not null)
            _prose.Append(fallback);
    }

    private void End()
    {
        if (!_open.TryPop(out Frame frame))
            return;
        if (frame.Fallback is not null && _prose.Length == frame.Start)
            _prose.Append(frame.Fallback);
        if (frame.Name is "para" or "p" or "div" or "list" or "ul" or "ol" or "item" or "li" or "description")
            _prose.Break();
    }

    // What an element without text of its own stands for.
    private static string? Reference(XmlReader reader, string name) => name switch
    {
        "see" or "seealso" or "code" or "a" =>
            reader.GetAttribute("cref") is { Length: > 0 } cref ? CrossReference.Short(cref)
            : reader.GetAttribute("langword") ?? reader.GetAttribute("langref") ?? reader.GetAttribute("href") ?? reader.GetAttribute("name"),
        "xref" => reader.GetAttribute("uid") is { Length: > 0 } uid ? CrossReference.Short(uid.TrimEnd('*')) : null,
        "paramref" or "typeparamref" => reader.GetAttribute("name"),
        _ => null,
    };

    // Consumes a subtree and stands on its end (XmlReader.Skip would step past it).
    private static void Skip(XmlReader reader)
    {
        if (reader.IsEmptyElement)
            return;
        int depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
        {
        }
    }

    private static string Raw(XmlReader reader)
    {
        int depth = reader.Depth;
        var text = new StringBuilder();
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
                text.Append(reader.Value);
            if (text.Length > LongestSection)
                throw Refuse(reader, $"a section has more than {LongestSection} characters");
        }

        return text.ToString();
    }

    private static XmlException Refuse(XmlReader reader, string why)
    {
        var position = (IXmlLineInfo)reader;
        return new XmlException(why, null, position.LineNumber, position.LinePosition);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Frame(string Name, int Start, string? Fallback);
}
