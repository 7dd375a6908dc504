using System.Globalization;
using System.Text;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Values as Python's <c>str</c> and <c>repr</c> write them. Never of the template's origin, but for texts themselves.</summary>
internal static class PythonFormat
{
    /// <summary><c>str(value)</c>; nothing for what is undefined.</summary>
    public static JinjaText Str(JinjaValue value, JinjaRun run)
    {
        if (value is JinjaText text) return text;
        if (value is JinjaUndefined) return JinjaText.Empty;
        if (value is JinjaNone or JinjaBool or JinjaInt or JinjaFloat) return JinjaText.Of(Scalar(value));
        var written = new JinjaTextBuilder(run);
        Write(value, written, run);
        return Untrusted(written);
    }

    /// <summary>A number as <c>repr(float)</c> has it: the shortest digits, an exponent below 1e-4 and from 1e16 on.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        string[] parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        string[] mantissa = parts[0].Split('.');
        string whole = mantissa[0].TrimStart('0'), fraction = mantissa.Length > 1 ? mantissa[1] : "";
        string digits = (whole + fraction).Trim('0');
        if (digits.Length == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        int exponent = whole.Length > 0 ? whole.Length - 1 : fraction.TrimStart('0').Length - fraction.Length - 1;
        if (parts.Length > 1) exponent += int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            string point = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{point}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        if (digits.Length <= exponent + 1) return sign + digits.PadRight(exponent + 1, '0') + ".0";
        return sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    /// <summary>The text built, of one message's origin or unknown: quotes and brackets around other text are no template's.</summary>
    public static JinjaText Untrusted(JinjaTextBuilder written)
    {
        JinjaText text = written.ToText();
        int origin = Origin.Template;
        foreach (TextRun run in text.Runs)
        {
            if (run.Origin == Origin.Template || run.Origin == origin) continue;
            origin = origin == Origin.Template ? run.Origin : Origin.Unknown;
            if (origin == Origin.Unknown) break;
        }

        return JinjaText.Of(text.Value, origin == Origin.Template ? Origin.Unknown : origin);
    }

    private static string Scalar(JinjaValue value) => value switch
    {
        JinjaNone => "None",
        JinjaBool b => b.Value ? "True" : "False",
        JinjaInt i => i.Value.ToString(CultureInfo.InvariantCulture),
        JinjaLargeInt i => i.Value.ToString(CultureInfo.InvariantCulture),
        JinjaFloat f => Float(f.Value),
        JinjaUndefined => "Undefined",
        _ => $"<{value.TypeName}>",
    };

    // What is added around texts is marked as the template's here, which Untrusted takes for neutral.
    private static void Write(JinjaValue value, JinjaTextBuilder to, JinjaRun run)
    {
        run.Enter();
        switch (value)
        {
            case JinjaText text: Quote(text, to); break;
            case JinjaList list:
                to.Append(list.IsTuple ? "(" : "[", Origin.Template);
                for (int i = 0; i < list.Items.Count; i++)
                {
                    if (i > 0) to.Append(", ", Origin.Template);
                    Write(list.Items[i], to, run);
                }

                to.Append(list.IsTuple ? (list.Items.Count == 1 ? ",)" : ")") : "]", Origin.Template);
                break;
            case JinjaDict dict:
                to.Append("{", Origin.Template);
                for (int i = 0; i < dict.Items.Count; i++)
                {
                    if (i > 0) to.Append(", ", Origin.Template);
                    Write(dict.Items.GetAt(i).Key, to, run);
                    to.Append(": ", Origin.Template);
                    Write(dict.Items.GetAt(i).Value, to, run);
                }

                to.Append("}", Origin.Template);
                break;
            default: to.Append(Scalar(value), Origin.Template); break;
        }

        run.Leave();
    }

    private static void Quote(JinjaText text, JinjaTextBuilder to)
    {
        bool isDouble = text.Value.Contains('\'', StringComparison.Ordinal) && !text.Value.Contains('"', StringComparison.Ordinal);
        char quote = isDouble ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text.Value[i];
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(c, text.Value[i + 1]);
            int scalar = isPair ? char.ConvertToUtf32(c, text.Value[i + 1]) : c;
            if (isPair) i++;
            if (c == quote || c == '\\') quoted.Append('\\').Append(c);
            else if (c == '\n') quoted.Append("\\n");
            else if (c == '\r') quoted.Append("\\r");
            else if (c == '\t') quoted.Append("\\t");
            else if (IsPrintable(scalar)) quoted.Append(char.ConvertFromUtf32(scalar));
            else quoted.Append(CultureInfo.InvariantCulture, $"\\{(scalar > 0xFFFF ? 'U' : scalar > 0xFF ? 'u' : 'x')}{scalar.ToString(scalar > 0xFFFF ? "x8" : scalar > 0xFF ? "x4" : "x2", CultureInfo.InvariantCulture)}");
        }

        to.Append(quoted.Append(quote).ToString(), text.CommonOrigin);
    }

    private static bool IsPrintable(int scalar)
    {
        if (scalar is ' ' or (> 0x20 and < 0x7F)) return true;
        if (scalar is >= 0xD800 and < 0xE000) return false;
        return CharUnicodeInfo.GetUnicodeCategory(scalar) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
    }
}
