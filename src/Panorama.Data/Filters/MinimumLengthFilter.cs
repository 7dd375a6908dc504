using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;

namespace Panorama.Data.Filters;

/// <summary>Drops texts with fewer characters than asked.</summary>
/// <param name="characters">Least number of UTF-16 characters, at least 1.</param>
public sealed class MinimumLengthFilter(int characters) : IDocumentFilter
{
    private readonly int _characters = Require.That(characters >= 1, characters, "the least length of a text", "at least 1 character");

    /// <inheritdoc/>
    public Verdict Apply(Document document) =>
        document.Text.Length < _characters ? Verdict.Drop(DropReason.TooShort) : Verdict.Keep(document);
}
