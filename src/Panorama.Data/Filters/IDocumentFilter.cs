using System.Runtime.InteropServices;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Filters;

/// <summary>What a filter decided about a document: the document that goes on, perhaps changed, or the reason why none does.</summary>
/// <param name="Document">What goes on; null when dropped.</param>
/// <param name="Reason">Why it was dropped.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Verdict(Document? Document, DropReason Reason)
{
    /// <summary>The document goes on.</summary>
    /// <param name="document">The document, changed or not.</param>
    public static Verdict Keep(Document document) => new(document, default);

    /// <summary>The document is dropped.</summary>
    /// <param name="reason">Why.</param>
    public static Verdict Drop(DropReason reason) => new(null, reason);
}

/// <summary>Changes or drops documents, each by itself. Safe for use by several threads.</summary>
public interface IDocumentFilter
{
    /// <summary>Decides about a document.</summary>
    /// <param name="document">The document.</param>
    Verdict Apply(Document document);
}
