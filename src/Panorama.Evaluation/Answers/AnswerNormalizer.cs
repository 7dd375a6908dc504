using System.Globalization;
using System.Text;

namespace Panorama.Evaluation.Answers;

/// <summary>
/// Cuts an answer into the words that are compared, after the evaluation rules of SQuAD (Rajpurkar et al. 2016,
/// arXiv:1606.05250): lower case, no punctuation, no English articles, split at white space.
/// </summary>
/// <remarks>
/// Punctuation is removed, not replaced: "System.String" is the one word "systemstring". Beyond the English rules,
/// Unicode punctuation goes too, and every Chinese or Japanese character is a word of its own, since those scripts
/// write no spaces. Korean is split at its spaces.
/// </remarks>
public static class AnswerNormalizer
{
    /// <summary>The words of a text, in order.</summary>
    /// <param name="text">Any text.</param>
    public static IReadOnlyList<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                EndWord();
            }
            else if (IsIdeographic(rune.Value))
            {
                EndWord();
                words.Add(rune.ToString());
            }
            else if (!IsPunctuation(rune))
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        EndWord();
        return words;

        void EndWord()
        {
            string found = word.ToString();
            word.Clear();
            if (found is not ("" or "a" or "an" or "the"))
            {
                words.Add(found);
            }
        }
    }

    /// <summary>ASCII punctuation with its symbols ($ + &lt; = &gt; ^ ` | ~), and all that Unicode calls punctuation.</summary>
    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value)
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation;

    /// <summary>Kana, the unified ideographs with their extensions, and the compatibility ideographs.</summary>
    private static bool IsIdeographic(int value) => value
        is (>= 0x3041 and <= 0x3096) or (>= 0x30A1 and <= 0x30FA) or (>= 0x31F0 and <= 0x31FF)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
