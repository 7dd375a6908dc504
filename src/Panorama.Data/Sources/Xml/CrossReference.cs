namespace Panorama.Data.Sources.Xml;

/// <summary>Readable short names of the things that <c>cref</c> attributes point at.</summary>
internal static class CrossReference
{
    /// <summary>
    /// <c>T:System.Collections.Generic.List`1</c> becomes <c>List&lt;T&gt;</c>, <c>M:System.String.Trim(System.Char)</c> becomes
    /// <c>String.Trim</c>, a namespace keeps its whole name, and anything else stays as it is written.
    /// </summary>
    /// <param name="cref">The attribute's value.</param>
    public static string Short(string cref)
    {
        string text = cref.Trim();
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string prefix = colon > 0 ? text[..colon] : "";
        string body = colon > 0 ? text[(colon + 1)..] : text;
        if (prefix.StartsWith("http", StringComparison.OrdinalIgnoreCase))
            return text;
        if (prefix is "N")
            return body;
        bool callable = body.Contains('(', StringComparison.Ordinal);
        // Documentation tools write the braces of generics in several ways; names alone are read by one grammar.
        string letter = prefix is "M" or "P" or "F" or "E" or "T" ? prefix
            : callable || prefix is "Overload" or "O" or "m" ? "M" : "T";
        if (!DocumentationId.TryParse($"{letter}:{body}", out DocumentationId id))
            return body;
        string last = id.Segments[^1];
        if (id.Prefix == 'T' || id.Segments.Count == 1)
            return Type(last);
        string owner = Type(id.Segments[^2]);
        string member = id.IsConstructor ? DocumentationId.Arity(id.Segments[^2]).Name : MemberName.Operator(DocumentationId.Arity(last).Name);
        return $"{owner}.{DocumentationId.Readable(member)}";
    }

    private static string Type(string segment) => segment.Contains('{', StringComparison.Ordinal)
        ? TypeNames.Short(segment, [], [])
        : TypeNames.WithParameters(segment);
}
