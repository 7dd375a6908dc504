using System.Collections.Frozen;

namespace Panorama.Data.Sources.Extraction;

/// <summary>
/// Looks a page over before it is parsed. The HTML parsing algorithm walks its stack of open elements at most tags, and opens
/// unclosed formatting elements again in every block: pages made to be deep cost quadratic time and memory. They are refused here.
/// </summary>
internal static class HtmlShape
{
    /// <summary>Elements open at once beyond which a page is refused.</summary>
    public const int MostOpen = 1000;

    // Formatting elements open at each tag, summed over the page: a bound on the elements made for reopening them.
    private const long MostReopened = 2_000_000;

    // Void elements, and those whose end is implied by their next sibling: they never pile up.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Flat = Set(
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
        "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "caption", "option", "optgroup", "rp", "rt", "html", "head", "body");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Formatting = Set(
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Raw = Set("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes");

    /// <summary>Whether the page can be parsed in reasonable time and memory.</summary>
    /// <param name="html">The page's source.</param>
    public static bool IsReasonable(ReadOnlySpan<char> html)
    {
        int open = 0, formatting = 0;
        long reopened = 0;
        Span<char> lower = stackalloc char[16];
        for (int i = 0; i < html.Length;)
        {
            int at = html[i..].IndexOf('<');
            if (at < 0)
                return true;
            i += at + 1;
            if (html[i..].StartsWith("!--", StringComparison.Ordinal))
            {
                i = After(html, i + 1, "-->");
                continue;
            }

            bool closing = i < html.Length && html[i] == '/';
            i += closing ? 1 : 0;
            ReadOnlySpan<char> name = Name(html[i..], lower);
            i += name.Length;
            if (name.IsEmpty || Flat.Contains(name))
            {
                reopened += formatting;
            }
            else if (!closing && Raw.Contains(name))
            {
                i = After(html, i, $"</{name}");
                continue;
            }
            else
            {
                open = Math.Max(0, open + (closing ? -1 : 1));
                if (Formatting.Contains(name))
                    formatting = Math.Max(0, formatting + (closing ? -1 : 1));
                reopened += formatting;
            }

            if (open > MostOpen || reopened > MostReopened)
                return false;
        }

        return true;
    }

    private static int After(ReadOnlySpan<char> html, int from, ReadOnlySpan<char> end)
    {
        int at = html[from..].IndexOf(end, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? html.Length : from + at + end.Length;
    }

    // Names longer than the buffer are none that the sets know; their start tells as much.
    private static ReadOnlySpan<char> Name(ReadOnlySpan<char> rest, Span<char> lower)
    {
        int length = 0;
        while (length < Math.Min(rest.Length, lower.Length) && (char.IsAsciiLetter(rest[length]) || (length > 0 && char.IsAsciiDigit(rest[length]))))
        {
            lower[length] = char.ToLowerInvariant(rest[length]);
            length++;
        }

        return lower[..length];
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Set(params string[] names) =>
        names.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
}
