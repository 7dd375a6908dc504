using System.Runtime.InteropServices;
using Panorama.Data.Documents;

namespace Panorama.Data.Rejects;

/// <summary>What one step of the corpus took in and let through.</summary>
/// <param name="Name">The step.</param>
/// <param name="DocumentsIn">Documents that came in.</param>
/// <param name="BytesIn">Their UTF-8 bytes.</param>
/// <param name="DocumentsOut">Documents that went on.</param>
/// <param name="BytesOut">Their UTF-8 bytes, after any change of the text by the step.</param>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="Dropped">Why the others did not.</param>
public sealed record FunnelStep(
    string Name, long DocumentsIn, long BytesIn, long DocumentsOut, long BytesOut, double Seconds, IReadOnlyList<RejectCount> Dropped)
{
    /// <summary>Makes a step's row from what came in, what went on, and what the ledger says about it.</summary>
    /// <param name="name">The step, as the ledger knows it.</param>
    /// <param name="input">Sizes of what came in.</param>
    /// <param name="output">Sizes of what went on.</param>
    /// <param name="elapsed">Wall time.</param>
    /// <param name="ledger">Where the step recorded its rejects.</param>
    public static FunnelStep Of(string name, CorpusSize input, CorpusSize output, TimeSpan elapsed, RejectLedger ledger) =>
        new(name, input.Documents, input.Bytes, output.Documents, output.Bytes, elapsed.TotalSeconds,
            [.. ledger.Counts().Where(c => string.Equals(c.Step, name, StringComparison.Ordinal))]);
}

/// <summary>The way from what was read to what is trained on, one step after the other.</summary>
/// <param name="Steps">The steps in the order they ran.</param>
public sealed record Funnel(IReadOnlyList<FunnelStep> Steps);

/// <summary>How many documents, and how many UTF-8 bytes of text they have.</summary>
/// <param name="Documents">Number of documents.</param>
/// <param name="Bytes">UTF-8 bytes of their texts.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CorpusSize(long Documents, long Bytes)
{
    /// <summary>Measures documents in memory.</summary>
    /// <param name="documents">The documents.</param>
    public static CorpusSize Of(IReadOnlyCollection<Document> documents)
    {
        long bytes = 0;
        foreach (Document document in documents)
            bytes += document.Utf8Bytes;
        return new CorpusSize(documents.Count, bytes);
    }

    /// <summary>The size with one more document.</summary>
    /// <param name="document">The document to count.</param>
    public CorpusSize Plus(Document document) => new(Documents + 1, Bytes + document.Utf8Bytes);
}
