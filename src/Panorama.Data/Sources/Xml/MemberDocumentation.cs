using System.Text;
using System.Xml;

namespace Panorama.Data.Sources.Xml;

/// <summary>What the documentation says about one member, as plain text.</summary>
internal sealed class MemberDocumentation
{
    public required string Id { get; init; }

    public string Summary { get; private set; } = "";

    public bool Inherits { get; private set; }

    public List<(string Name, string Text)> TypeParameters { get; } = [];

    public List<(string Name, string Text)> Parameters { get; } = [];

    private readonly List<(string Name, string Text)> _exceptions = [];
    private string _value = "", _returns = "", _remarks = "", _example = "";

    /// <summary>Reads a member element; afterwards the reader stands on its end.</summary>
    /// <param name="reader">Stands on the start of the member element.</param>
    /// <param name="inline">Reused for every member of a file.</param>
    public static MemberDocumentation Read(XmlReader reader, InlineText inline)
    {
        var member = new MemberDocumentation { Id = reader.GetAttribute("name") ?? "" };
        inline.SawInheritance = false;
        if (!reader.IsEmptyElement)
        {
            int depth = reader.Depth;
            while (reader.Read() && reader.Depth > depth)
            {
                if (reader.NodeType == XmlNodeType.Element && reader.Depth == depth + 1)
                    member.ReadSection(reader, inline);
            }
        }

        member.Inherits |= inline.SawInheritance;
        return member;
    }

    /// <summary>
    /// The document's text: a head <c>{name} | {summary}</c>, then one line for each section that is present,
    /// in the order Signature, Type parameters, Parameters, Value, Returns, Exceptions, Remarks, Example.
    /// </summary>
    /// <param name="name">How the member is shown.</param>
    public string Text(MemberName name)
    {
        var text = new StringBuilder(name.Full).Append(DocumentationText.HeadSeparator).Append(Summary);
        if (name.TakesParameters)
            Line(text, DocumentationText.Signature, name.Signature);
        Line(text, "Type parameters", Named(TypeParameters));
        Line(text, "Parameters", Named(Parameters));
        Line(text, "Value", _value);
        Line(text, DocumentationText.Returns, _returns);
        Line(text, "Exceptions", Named(_exceptions));
        Line(text, "Remarks", _remarks);
        Line(text, "Example", _example);
        return text.ToString();
    }

    private void ReadSection(XmlReader reader, InlineText inline)
    {
        string name = reader.GetAttribute("name") ?? "";
        switch (reader.LocalName)
        {
            case "summary":
                Summary = Join(Summary, inline.Read(reader, keepCodeLines: false));
                break;
            case "typeparam":
                TypeParameters.Add((name.Trim(), inline.Read(reader, keepCodeLines: false)));
                break;
            case "param":
                Parameters.Add((name.Trim(), inline.Read(reader, keepCodeLines: false)));
                break;
            case "value":
                _value = Join(_value, inline.Read(reader, keepCodeLines: false));
                break;
            case "returns" or "return":
                _returns = Join(_returns, inline.Read(reader, keepCodeLines: false));
                break;
            case "exception":
                _exceptions.Add((CrossReference.Short(reader.GetAttribute("cref") ?? ""), inline.Read(reader, keepCodeLines: false)));
                break;
            case "remarks" or "remark":
                _remarks = Join(_remarks, inline.Read(reader, keepCodeLines: true));
                break;
            case "example" or "examples":
                _example = Join(_example, inline.Read(reader, keepCodeLines: true));
                break;
            case "inheritdoc":
                Inherits = true;
                break;
        }
    }

    private static string Join(string before, string more) => before.Length == 0 ? more : more.Length == 0 ? before : $"{before} {more}";

    private static string Named(List<(string Name, string Text)> items)
    {
        var text = new StringBuilder();
        foreach ((string name, string description) in items)
        {
            if (description.Length > 0)
                text.Append(text.Length == 0 ? "" : " ").Append(name).Append(name.Length == 0 ? "" : ": ").Append(description);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string section, string content)
    {
        if (content.Length > 0)
            text.Append('\n').Append(section).Append(": ").Append(content);
    }
}
