using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Filters;

/// <summary>Filters one after the other, as one step. Safe for use by several threads when the filters are.</summary>
/// <param name="filters">In the order they run.</param>
public sealed class FilterChain(params IReadOnlyList<IDocumentFilter> filters)
{
    /// <summary>The step's name in the ledger and the funnel.</summary>
    public const string Step = "clean";

    /// <summary>Cleans text, and drops API members that say nothing and texts below 20 characters.</summary>
    public static FilterChain Default { get; } = new(new TextCleaner(), new DocumentationFilter(), new MinimumLengthFilter(20));

    /// <summary>As <see cref="Default"/>, and API documents keep only name and summary.</summary>
    public static FilterChain Heads { get; } = new(new TextCleaner(), new DocumentationFilter(), new DocumentationHead(), new MinimumLengthFilter(20));

    /// <summary>The document as it goes on, or null when a filter dropped it.</summary>
    /// <param name="document">The document.</param>
    /// <param name="rejects">Where a dropped document goes, as it was when it was dropped.</param>
    public Document? Apply(Document document, RejectLedger rejects)
    {
        foreach (IDocumentFilter filter in filters)
        {
            Verdict verdict = filter.Apply(document);
            if (verdict.Document is not { } kept)
            {
                rejects.Add(Step, verdict.Reason, document);
                return null;
            }

            document = kept;
        }

        return document;
    }
}
