using Panorama.Data.Documents;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;

namespace Panorama.Data.Filters;

/// <summary>
/// Drops API members that say nothing of themselves: those without a summary, with one that is only inherited,
/// with a stand-in, or declared to be not for users. Documents that are no API documents go on.
/// </summary>
public sealed class DocumentationFilter : IDocumentFilter
{
    private static readonly string[] Placeholders = ["to be added", "todo", "tbd", "none", "n/a", "no summary", "summary"];

    private static readonly string[] Reserved =
    [
        "this api supports the ",
        "this type supports the ",
        "this member supports the ",
        "infrastructure. ",
        "for internal use only",
        "for infrastructure use only",
        "reserved for internal use",
        "reserved for future use",
        "this is an internal api",
        "this member is reserved",
        "this method is reserved",
        "this property is reserved",
    ];

    /// <inheritdoc/>
    public Verdict Apply(Document document)
    {
        if (!DocumentationText.Is(document))
            return Verdict.Keep(document);
        ReadOnlySpan<char> summary = DocumentationText.Summary(document).Trim();
        if (summary.IsEmpty)
            return Verdict.Drop(document.Metadata.ContainsKey(MetadataKeys.Inherits) ? DropReason.Inherited : DropReason.NoSummary);
        ReadOnlySpan<char> bare = summary.TrimEnd(". …!");
        foreach (string placeholder in Placeholders)
        {
            if (bare.Equals(placeholder, StringComparison.OrdinalIgnoreCase))
                return Verdict.Drop(DropReason.Placeholder);
        }

        if (bare.IsEmpty)
            return Verdict.Drop(DropReason.Placeholder);
        foreach (string start in Reserved)
        {
            if (summary.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                return Verdict.Drop(DropReason.Reserved);
        }

        return Verdict.Keep(document);
    }
}
