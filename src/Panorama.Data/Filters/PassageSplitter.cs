using Panorama.Core.Errors;
using Panorama.Data.Documents;

namespace Panorama.Data.Filters;

/// <summary>
/// Cuts long documents into passages, so that one large file can be compared, deduplicated, and held out in parts. Cuts are made
/// after the last empty line that fits, else after a line, else after a sentence, else after a word, else anywhere but within
/// a character. Passages get the document's id with <c>#1</c>, <c>#2</c> …; shorter documents stay as they are.
/// </summary>
/// <param name="longest">Most characters of a passage, at least 100.</param>
public sealed class PassageSplitter(int longest)
{
    private static readonly string[] Ends = ["\n\n", "\n", ". ", "。", " "];

    private readonly int _longest = Require.That(longest >= 100, longest, "the longest passage", "at least 100 characters");

    /// <summary>Cuts a document.</summary>
    /// <param name="document">The document.</param>
    public IEnumerable<Document> Split(Document document)
    {
        if (document.Text.Length <= _longest)
        {
            yield return document;
            yield break;
        }

        int number = 0;
        for (int start = 0; start < document.Text.Length;)
        {
            int end = start + Cut(document.Text.AsSpan(start));
            string passage = document.Text[start..end].Trim();
            start = end;
            if (passage.Length > 0)
                yield return document with { Id = $"{document.Id}#{++number}", Text = passage };
        }
    }

    private int Cut(ReadOnlySpan<char> rest)
    {
        if (rest.Length <= _longest)
            return rest.Length;
        ReadOnlySpan<char> window = rest[.._longest];
        foreach (string end in Ends)
        {
            // Not too early: a heading alone makes no passage.
            int at = window.LastIndexOf(end, StringComparison.Ordinal);
            if (at >= _longest / 2)
                return at + end.Length;
        }

        return char.IsHighSurrogate(window[^1]) ? _longest - 1 : _longest;
    }
}
