using System.Globalization;
using System.Text;

namespace Panorama.Core.IO;

/// <summary>Makes text from outside fit for one line of an error message.</summary>
public static class Shown
{
    private const int Longest = 120;

    /// <summary>The text in single quotes: control characters escaped, cut after 120 characters.</summary>
    /// <param name="text">Any text, however hostile.</param>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder(text.Length + 2).Append('\'');
        foreach (char c in text[..Math.Min(text.Length, Longest)])
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                shown.Append(c);
            }
        }

        return shown.Append(text.Length > Longest ? "…'" : "'").ToString();
    }

    /// <summary>A number of bytes for people: "512 bytes", "1.5 MiB".</summary>
    /// <param name="bytes">The number of bytes.</param>
    public static string Bytes(long bytes)
    {
        string[] units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if (bytes < 1024)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
        }

        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }
}
