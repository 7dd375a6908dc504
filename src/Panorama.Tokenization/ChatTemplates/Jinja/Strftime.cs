using System.Globalization;
using System.Text;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Dates as C's <c>strftime</c> writes them, in English.</summary>
internal static class Strftime
{
    private const int Longest = 1024;

    /// <summary>Writes a time.</summary>
    /// <param name="format">The format; <c>%-d</c> and its like leave the padding out.</param>
    /// <param name="time">The time.</param>
    /// <param name="run">Names the place of an error.</param>
    public static string Format(string format, DateTimeOffset time, JinjaRun run)
    {
        if (format.Length > Longest) throw run.Fail($"the format of a date has more than {Longest} characters");
        var written = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                written.Append(format[i]);
                continue;
            }

            bool bare = i + 1 < format.Length && format[i + 1] == '-';
            i += bare ? 2 : 1;
            string part = i < format.Length ? Part(format[i], time) : throw run.Fail("the format of a date ends within '%'");
            if (part.Length == 0) throw run.Fail($"the date format '%{format[i]}' is not supported");
            written.Append(bare && part.Length > 1 ? part.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : "0" : part);
        }

        return written.ToString();
    }

    private static string Part(char code, DateTimeOffset time) => code switch
    {
        'a' => Text(time, "ddd"),
        'A' => Text(time, "dddd"),
        'b' or 'h' => Text(time, "MMM"),
        'B' => Text(time, "MMMM"),
        'c' => $"{Text(time, "ddd MMM")} {time.Day,2} {Text(time, "HH:mm:ss yyyy")}",
        'd' => Text(time, "dd"),
        'D' or 'x' => Text(time, "MM'/'dd'/'yy"),
        'e' => string.Create(CultureInfo.InvariantCulture, $"{time.Day,2}"),
        'F' => Text(time, "yyyy-MM-dd"),
        'f' => Text(time, "ffffff"),
        'H' => Text(time, "HH"),
        'I' => Text(time, "hh"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'm' => Text(time, "MM"),
        'M' => Text(time, "mm"),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'R' => Text(time, "HH:mm"),
        'S' => Text(time, "ss"),
        'T' or 'X' => Text(time, "HH:mm:ss"),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'y' => Text(time, "yy"),
        'Y' => Text(time, "yyyy"),
        '%' => "%",
        _ => "",
    };

    // A single letter would be read as a standard format.
    private static string Text(DateTimeOffset time, string format) => time.ToString(format.Length == 1 ? "%" + format : format, CultureInfo.InvariantCulture);
}
