using Panorama.Data.Documents;
using Panorama.Data.Sources;

namespace Panorama.Data.Filters;

/// <summary>
/// Leaves of an API document its head, <c>{name} | {summary}</c>. Parameters, exceptions and remarks are half of the text of
/// the .NET documentation and mostly formulas: a small model learns more from as many tokens of summaries.
/// Documents that are no API documents go on as they are.
/// </summary>
public sealed class DocumentationHead : IDocumentFilter
{
    /// <inheritdoc/>
    public Verdict Apply(Document document)
    {
        int end = DocumentationText.Is(document) ? document.Text.IndexOf('\n', StringComparison.Ordinal) : -1;
        return Verdict.Keep(end < 0 ? document : document with { Text = document.Text[..end] });
    }
}
