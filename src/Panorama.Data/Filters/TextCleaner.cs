using System.Globalization;
using System.Text;
using Panorama.Data.Documents;
using Panorama.Data.Rejects;
using Panorama.Tokenization.Unicode;

namespace Panorama.Data.Filters;

/// <summary>
/// Brings text into one form: Unicode NFC; line ends are line feeds; control characters other than tab and line feed, byte order
/// marks, and half surrogate pairs are removed; no white space at the ends of lines; at most one empty line in a row; none around the
/// text. Indentation stays: code needs it. Texts with nothing left are dropped.
/// </summary>
public sealed class TextCleaner : IDocumentFilter
{
    /// <inheritdoc/>
    public Verdict Apply(Document document)
    {
        string text = Clean(document.Text);
        if (text.Length == 0)
            return Verdict.Drop(DropReason.Empty);
        return Verdict.Keep(ReferenceEquals(text, document.Text) ? document : document with { Text = text });
    }

    /// <summary>Cleans a text; returns the same object when nothing has to change.</summary>
    /// <param name="text">Any text.</param>
    public static string Clean(string text) =>
        // Normalization comes last: a removed character may have kept a letter and its mark apart.
        UnicodeNormalizer.Normalize(IsClean(text) ? text : Rewrite(text), NormalizationForm.FormC);

    private static bool IsClean(string text)
    {
        if (text.Length == 0)
            return true;
        if (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
            return false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= ' ' and < '\u007F' or '\t')
                continue;
            if (c == '\n')
            {
                bool blankBefore = text[i - 1] == '\n' && text[i - 2] == '\n';
                if (blankBefore || (text[i - 1] != '\n' && char.IsWhiteSpace(text[i - 1])))
                    return false;
            }
            else if (IsUnwanted(text, i) || c is '\u2028' or '\u2029')
            {
                return false;
            }
        }

        return true;
    }

    private static string Rewrite(string text)
    {
        var clean = new StringBuilder(text.Length);
        var spaces = new StringBuilder(); // written only when something follows on the line
        int breaks = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '\r' or '\n' or '\u2028' or '\u2029' or '\u0085' or '\f' or '\v')
            {
                if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                    i++;
                breaks++;
                spaces.Clear();
            }
            else if (c != '\t' && IsUnwanted(text, i))
            {
                continue;
            }
            else if (char.IsWhiteSpace(c))
            {
                spaces.Append(c);
            }
            else
            {
                if (clean.Length > 0)
                    clean.Append('\n', Math.Min(breaks, 2)).Append(spaces);
                breaks = 0;
                spaces.Clear();
                clean.Append(c);
            }
        }

        return clean.ToString();
    }

    private static bool IsUnwanted(string text, int at)
    {
        char c = text[at];
        if (c == '\uFEFF')
            return true;
        if (char.IsHighSurrogate(c))
            return at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]);
        if (char.IsLowSurrogate(c))
            return at == 0 || !char.IsHighSurrogate(text[at - 1]);
        return char.GetUnicodeCategory(c) == UnicodeCategory.Control;
    }
}
