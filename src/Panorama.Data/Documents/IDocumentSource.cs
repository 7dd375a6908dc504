using Panorama.Data.Rejects;

namespace Panorama.Data.Documents;

/// <summary>Something documents can be read from, lazily and in an order that is the same in every run.</summary>
public interface IDocumentSource
{
    /// <summary>What the source is called in reports.</summary>
    string Name { get; }

    /// <summary>Reads the documents one by one.</summary>
    /// <param name="rejects">Where files and records that could not become documents are recorded.</param>
    /// <param name="cancellation">Stops between two documents.</param>
    /// <exception cref="Panorama.Core.Errors.InputException">The source itself is missing, empty, or unreadable.</exception>
    IAsyncEnumerable<Document> ReadAsync(RejectLedger rejects, CancellationToken cancellation = default);
}
