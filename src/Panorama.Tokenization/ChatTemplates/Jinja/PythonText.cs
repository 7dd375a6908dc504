using System.Globalization;
using System.Text;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Texts as Python sees them: white space, escapes, code points.</summary>
internal static class PythonText
{
    /// <summary>Whether <c>str.isspace</c> holds for a character: Unicode's white space and the four separators of ASCII.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    /// <summary>The value of a string literal without its quotes, or null when an escape is not supported.</summary>
    public static string? Unescape(ReadOnlySpan<char> literal)
    {
        if (!literal.Contains('\\')) return literal.ToString();
        var value = new StringBuilder(literal.Length);
        for (int i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\')
            {
                value.Append(literal[i]);
                continue;
            }

            char letter = literal[++i];
            int digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                if (i + digits >= literal.Length || !int.TryParse(literal.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int scalar)) return null;
                if (digits < 8) value.Append((char)scalar);
                else if (Rune.IsValid(scalar)) value.Append(new Rune(scalar).ToString());
                else return null;
                i += digits;
            }
            else if (letter is >= '0' and <= '7')
            {
                int code = 0, end = Math.Min(i + 3, literal.Length);
                for (; i < end && literal[i] is >= '0' and <= '7'; i++) code = (code * 8) + (literal[i] - '0');
                value.Append((char)code);
                i--;
            }
            else if (letter == 'N')
            {
                return null;
            }
            else
            {
                const string Letters = "abfnrtv\\'\"", Meanings = "\a\b\f\n\r\t\v\\'\"";
                int known = Letters.IndexOf(letter, StringComparison.Ordinal);
                if (known >= 0) value.Append(Meanings[known]);
                else if (letter != '\n') value.Append('\\').Append(letter);
            }
        }

        return value.ToString();
    }

    /// <summary>How many code points a text has.</summary>
    public static int Count(string text)
    {
        int pairs = 0;
        for (int i = 1; i < text.Length; i++)
            if (char.IsSurrogatePair(text[i - 1], text[i])) pairs++;
        return text.Length - pairs;
    }

    /// <summary>Where each code point starts, and at the end the length; null when every unit is one.</summary>
    public static int[]? Starts(string text)
    {
        int count = Count(text);
        if (count == text.Length) return null;
        var starts = new int[count + 1];
        for (int i = 0, at = 0; i < count; i++)
        {
            starts[i] = at;
            at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        }

        starts[count] = text.Length;
        return starts;
    }

    /// <summary>Upper and lower case as <c>str.title</c> has them: upper where no cased letter stands before.</summary>
    public static string Title(string text)
    {
        var titled = text.ToCharArray();
        bool inWord = false;
        for (int i = 0; i < titled.Length; i++)
        {
            titled[i] = inWord ? char.ToLowerInvariant(titled[i]) : char.ToUpperInvariant(titled[i]);
            inWord = char.IsUpper(titled[i]) || char.IsLower(titled[i]);
        }

        return new string(titled);
    }

    /// <summary>Upper and lower case as Jinja's filter <c>title</c> has them: words begin after white space, hyphens and opening brackets only.</summary>
    public static string TitleWords(string text)
    {
        var titled = text.ToCharArray();
        bool inWord = false;
        for (int i = 0; i < titled.Length; i++)
        {
            if (IsSpace(titled[i]) || titled[i] is '-' or '(' or '{' or '[' or '<')
            {
                inWord = false;
                continue;
            }

            titled[i] = inWord ? char.ToLowerInvariant(titled[i]) : char.ToUpperInvariant(titled[i]);
            inWord = true;
        }

        return new string(titled);
    }

    /// <summary>The first letter upper, all others lower.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();
}
