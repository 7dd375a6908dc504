using Panorama.Data.Documents;

namespace Panorama.Data.Sources;

/// <summary>The fixed layout of API documents: <c>{name} | {summary}</c>, then one line a section (<c>Returns: …</c>).</summary>
public static class DocumentationText
{
    /// <summary>Stands between a member's name and its summary on the first line.</summary>
    public const string HeadSeparator = " | ";

    /// <summary>The section with the name and parameters of a member that has any.</summary>
    public const string Signature = "Signature";

    /// <summary>The section about the returned value.</summary>
    public const string Returns = "Returns";

    /// <summary>Value of <see cref="MetadataKeys.Layout"/> of API documents.</summary>
    public const string Layout = "api";

    /// <summary>Whether a document has this layout, and kind and name of the member it is about: it came from XML documentation.</summary>
    /// <param name="document">Any document.</param>
    public static bool Is(Document document) =>
        document.MetadataOrNull(MetadataKeys.Layout) == Layout && document.Metadata.ContainsKey(MetadataKeys.Kind) && document.Metadata.ContainsKey(MetadataKeys.Name);

    /// <summary>The summary of an API document.</summary>
    /// <param name="document">A document for which <see cref="Is"/> holds.</param>
    public static ReadOnlySpan<char> Summary(Document document)
    {
        ReadOnlySpan<char> body = Body(document);
        int end = body.IndexOf('\n');
        return end < 0 ? body : body[..end];
    }

    /// <summary>The content of a section, or empty when there is none.</summary>
    /// <param name="document">A document for which <see cref="Is"/> holds.</param>
    /// <param name="section">A section's name, for example <see cref="Returns"/>.</param>
    public static ReadOnlySpan<char> Section(Document document, string section)
    {
        foreach (ReadOnlySpan<char> line in document.Text.AsSpan().EnumerateLines())
        {
            if (line.Length > section.Length + 1 && line[section.Length] == ':' && line.StartsWith(section, StringComparison.Ordinal))
                return line[(section.Length + 1)..].Trim();
        }

        return [];
    }

    /// <summary>
    /// What an API document says apart from naming its member: everything after the head's separator without the
    /// signature line. Members that share it teach a reader nothing more than one of them. Other documents: the whole text.
    /// </summary>
    /// <param name="document">Any document.</param>
    public static string Description(Document document)
    {
        if (!Is(document))
            return document.Text;
        ReadOnlySpan<char> body = Body(document);
        int line = body.IndexOf('\n');
        if (line < 0 || !body[(line + 1)..].StartsWith($"{Signature}: ", StringComparison.Ordinal))
            return body.ToString();
        ReadOnlySpan<char> rest = body[(line + 1)..];
        int end = rest.IndexOf('\n');
        return end < 0 ? body[..line].ToString() : string.Concat(body[..line], rest[end..]);
    }

    private static ReadOnlySpan<char> Body(Document document)
    {
        ReadOnlySpan<char> text = document.Text;
        string name = document.Metadata[MetadataKeys.Name];
        // A name may itself hold the separator's bar (operator |), so the name decides where the head ends.
        int head = text.StartsWith(name, StringComparison.Ordinal) ? name.Length : Math.Max(0, text.IndexOf(HeadSeparator, StringComparison.Ordinal));
        ReadOnlySpan<char> rest = text[head..];
        if (rest.StartsWith(HeadSeparator, StringComparison.Ordinal))
            return rest[HeadSeparator.Length..];
        // Without a summary, cleaning takes the separator's last space away.
        ReadOnlySpan<char> bare = HeadSeparator.AsSpan().TrimEnd();
        return rest.StartsWith(bare, StringComparison.Ordinal) ? rest[bare.Length..] : rest;
    }
}
