using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Tests.Support;

internal static class SourceExtensions
{
    /// <summary>Reads a source to its end.</summary>
    public static async Task<Document[]> AllAsync(this IDocumentSource source, RejectLedger rejects)
    {
        List<Document> documents = [];
        await foreach (Document document in source.ReadAsync(rejects))
            documents.Add(document);
        return [.. documents];
    }
}
