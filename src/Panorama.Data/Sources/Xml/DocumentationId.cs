using System.Globalization;
using System.Text;

namespace Panorama.Data.Sources.Xml;

/// <summary>
/// The parts of a documentation id such as <c>M:System.String.Trim(System.Char)</c>
/// (C# language specification, annex D.4.2 "ID string format").
/// </summary>
/// <param name="Prefix">T, M, P, F, E, or another letter.</param>
/// <param name="Segments">The dotted name; generic arity is still written as <c>`1</c>.</param>
/// <param name="Parameters">Raw parameter types; empty when there are none.</param>
internal sealed record DocumentationId(char Prefix, IReadOnlyList<string> Segments, IReadOnlyList<string> Parameters)
{
    private const int LongestId = 8192;

    /// <summary>Takes an id apart; false when it is no id at all.</summary>
    /// <param name="id">The id with its prefix.</param>
    /// <param name="parsed">The parts.</param>
    public static bool TryParse(string id, out DocumentationId parsed)
    {
        parsed = null!;
        if (id.Length is < 3 or > LongestId || id[1] != ':')
            return false;
        ReadOnlySpan<char> rest = id.AsSpan(2);
        int open = rest.IndexOf('(');
        ReadOnlySpan<char> name = open >= 0 ? rest[..open] : rest;
        int conversion = name.IndexOf('~');
        if (conversion >= 0)
            name = name[..conversion];
        List<string> segments = Split(name, '.');
        if (segments.Exists(string.IsNullOrEmpty))
            return false;
        List<string> parameters = [];
        if (open >= 0)
        {
            ReadOnlySpan<char> list = rest[(open + 1)..];
            int close = list.LastIndexOf(')');
            if (close < 0)
                return false;
            if (close > 0)
                parameters = Split(list[..close], ',');
        }

        parsed = new DocumentationId(id[0], segments, parameters);
        return true;
    }

    /// <summary>What the member is, in words; constructors are told from methods.</summary>
    public string Kind => Prefix switch
    {
        'T' => "type",
        'P' => "property",
        'F' => "field",
        'E' => "event",
        'M' => IsConstructor ? "constructor" : "method",
        _ => "other",
    };

    /// <summary>Whether the last segment is <c>#ctor</c> or <c>#cctor</c>.</summary>
    public bool IsConstructor => Prefix == 'M' && Segments[^1] is "#ctor" or "#cctor";

    /// <summary>The segments that name the type: all of them for a type, all but the last otherwise.</summary>
    public int TypeSegments => Prefix == 'T' ? Segments.Count : Segments.Count - 1;

    /// <summary>Cuts a segment such as <c>List`1</c> or <c>Select``2</c> into its name and number of type parameters.</summary>
    /// <param name="segment">One dotted part.</param>
    public static (string Name, int Arity) Arity(string segment)
    {
        int tick = segment.IndexOf('`', StringComparison.Ordinal);
        if (tick <= 0)
            return (segment, 0);
        ReadOnlySpan<char> digits = segment.AsSpan(tick).TrimStart('`');
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int arity) && arity is > 0 and < 64
            ? (segment[..tick], arity)
            : (segment[..tick], 0);
    }

    /// <summary>The name of an explicitly implemented member, whose dots are written as <c>#</c>, in C# form.</summary>
    /// <param name="name">The segment without its arity.</param>
    public static string Readable(string name)
    {
        if (name.AsSpan().IndexOfAny('#', '{', '@') < 0)
            return name;
        var text = new StringBuilder(name);
        return text.Replace('#', '.').Replace('{', '<').Replace('}', '>').Replace('@', ',').ToString();
    }

    // Separators inside {}, [] or () belong to a type argument, an array, or a function pointer.
    private static List<string> Split(ReadOnlySpan<char> text, char separator)
    {
        List<string> parts = [];
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '{' or '[' or '(')
            {
                depth++;
            }
            else if (c is '}' or ']' or ')')
            {
                depth--;
            }
            else if (c == separator && depth == 0)
            {
                parts.Add(text[start..i].ToString());
                start = i + 1;
            }
        }

        parts.Add(text[start..].ToString());
        return parts;
    }
}
