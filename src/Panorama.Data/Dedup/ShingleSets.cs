using Panorama.Data.Documents;

namespace Panorama.Data.Dedup;

/// <summary>Shingle sets of many documents.</summary>
internal static class ShingleSets
{
    /// <summary>Computes the sets with all cores.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="text">What of a document is compared.</param>
    /// <param name="shingler">What a shingle is.</param>
    public static ulong[][] Of(IReadOnlyList<Document> documents, Func<Document, string> text, Shingler shingler)
    {
        ulong[][] sets = new ulong[documents.Count][];
        Parallel.For(0, sets.Length, i => sets[i] = shingler.Shingles(text(documents[i])));
        return sets;
    }
}
