using System.Text;

namespace Panorama.Cli.Terminal;

/// <summary>Makes text of unknown origin safe and short enough for a terminal.</summary>
internal static class TerminalText
{
    /// <summary>Removes control characters other than line feed and tab, so that text cannot steer the terminal.</summary>
    /// <param name="text">Any text.</param>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0000', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!char.IsControl(c) || c is '\n' or '\t')
                clean.Append(c);
        }

        return clean.ToString();
    }

    /// <summary>One line of at most <paramref name="length"/> characters, cut with an ellipsis.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="length">The most characters to keep, at least 1.</param>
    public static string Shorten(string text, int length)
    {
        string line = Clean(text).ReplaceLineEndings(" ").Replace('\t', ' ');
        if (line.Length <= length)
            return line;
        int cut = length - 1;
        if (cut > 0 && char.IsHighSurrogate(line[cut - 1]))
            cut--;
        return string.Concat(line.AsSpan(0, cut), "…");
    }
}
