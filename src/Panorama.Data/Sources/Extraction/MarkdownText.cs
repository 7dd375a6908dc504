using System.Text;

namespace Panorama.Data.Sources.Extraction;

/// <summary>
/// Markdown (CommonMark 0.31 and GitHub's tables) as readable text: front matter, heading and quote marks, emphasis, link targets,
/// comments, tags, rules, and fences go; words, lists, and code stay as they are. Takes linear time.
/// </summary>
internal static class MarkdownText
{
    private const int LongestFrontMatter = 200;

    /// <summary>Extracts the text of a page.</summary>
    /// <param name="markdown">The page's source.</param>
    public static ExtractedText Extract(string markdown)
    {
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n');
        int first = FrontMatterEnd(lines);
        string? title = FrontMatterTitle(lines.AsSpan(0, first));
        var text = new StringBuilder(markdown.Length);
        var inline = new MarkdownInline(text);
        ReadOnlySpan<char> fence = [];
        for (int i = first; i < lines.Length; i++)
        {
            ReadOnlySpan<char> line = lines[i], trimmed = line.Trim();
            ReadOnlySpan<char> marks = Fence(trimmed);
            if (!fence.IsEmpty)
            {
                // A fence is closed by one of its own kind, at least as long, and nothing after it.
                if (marks.Length >= fence.Length && marks.Length == trimmed.Length && marks[0] == fence[0])
                    fence = [];
                else
                    text.Append(line).Append('\n');
            }
            else if (!marks.IsEmpty && !inline.InComment)
            {
                fence = marks;
            }
            else if (IsRule(trimmed) || IsDefinition(trimmed))
            {
                text.Append('\n');
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal) && !inline.InComment)
            {
                text.Append(line).Append('\n'); // an indented code block, or a nested list that stays readable
            }
            else
            {
                int start = text.Length;
                inline.Append(WithoutBlockMarks(line, out bool heading));
                if (heading && title is null && text.Length > start)
                    title = text.ToString(start, text.Length - start);
                text.Append('\n');
            }
        }

        return new ExtractedText(text.ToString().Trim(), title);
    }

    private static int FrontMatterEnd(string[] lines)
    {
        if (lines[0].TrimEnd() is not "---")
            return 0;
        for (int i = 1; i < Math.Min(lines.Length, LongestFrontMatter); i++)
        {
            if (lines[i].TrimEnd() is "---" or "...")
                return i + 1;
        }

        return 0;
    }

    private static string? FrontMatterTitle(ReadOnlySpan<string> frontMatter)
    {
        foreach (string line in frontMatter)
        {
            if (line.StartsWith("title:", StringComparison.OrdinalIgnoreCase) && line["title:".Length..].Trim().Trim('"', '\'') is { Length: > 0 } title)
                return title;
        }

        return null;
    }

    // The run of at least three marks that opens or closes a fenced block.
    private static ReadOnlySpan<char> Fence(ReadOnlySpan<char> trimmed)
    {
        if (trimmed.IsEmpty || trimmed[0] is not ('`' or '~'))
            return [];
        int length = trimmed.IndexOfAnyExcept(trimmed[0]);
        length = length < 0 ? trimmed.Length : length;
        return length < 3 || (trimmed[0] == '`' && trimmed[length..].Contains('`')) ? [] : trimmed[..length];
    }

    // Thematic breaks, underlines of headings, and the line between a table's head and body.
    private static bool IsRule(ReadOnlySpan<char> trimmed) =>
        trimmed.Length >= 3 && (trimmed.IndexOfAnyExcept("-:| ") < 0 || trimmed.IndexOfAnyExcept("*_ ") < 0 || trimmed.IndexOfAnyExcept('=') < 0);

    // [label]: target
    private static bool IsDefinition(ReadOnlySpan<char> trimmed)
    {
        int close = trimmed.StartsWith("[", StringComparison.Ordinal) ? trimmed.IndexOf("]:", StringComparison.Ordinal) : -1;
        return close > 1 && trimmed[1] != '^' && !trimmed[1..close].Contains(']');
    }

    private static ReadOnlySpan<char> WithoutBlockMarks(ReadOnlySpan<char> line, out bool heading)
    {
        heading = false;
        while (line.TrimStart().StartsWith(">", StringComparison.Ordinal))
        {
            line = line.TrimStart()[1..];
            line = line.StartsWith(" ", StringComparison.Ordinal) ? line[1..] : line;
        }

        ReadOnlySpan<char> trimmed = line.Trim();
        int level = trimmed.IndexOfAnyExcept('#');
        if (level is < 1 or > 6 || trimmed[level] is not (' ' or '\t'))
            return line.TrimEnd();
        heading = true;
        ReadOnlySpan<char> words = trimmed[level..].Trim(), unmarked = words.TrimEnd('#');
        return unmarked.Length < words.Length && unmarked.EndsWith(" ", StringComparison.Ordinal) ? unmarked.Trim() : words;
    }
}
