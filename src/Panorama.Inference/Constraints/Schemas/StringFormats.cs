namespace Panorama.Inference.Constraints.Schemas;

/// <summary>
/// Formats of strings as regular expressions: every text of an expression is valid in its format, though a format may have others.
/// Dates and times are those of RFC 3339, from the year 1000 on.
/// </summary>
internal static class StringFormats
{
    private const string LeapYear = "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)";
    private const string Date = $"([1-9][0-9]{{3}}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|{LeapYear}-02-29)";
    private const string Time = @"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
    private const string Host = $@"{Label}(\.{Label}){{0,3}}\.[A-Za-z]{{2,10}}";
    private const string MailText = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

    private static readonly Dictionary<string, string> Formats = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = Date + "T" + Time,
        ["duration"] = "P([0-9]{1,4}W|[0-9]{1,4}D(T[0-9]{1,2}H)?|T[0-9]{1,4}[HMS])",
        ["uuid"] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ["email"] = $@"{MailText}(\.{MailText}){{0,2}}@{Host}",
        ["hostname"] = Host,
        ["ipv4"] = $@"{Byte}\.{Byte}\.{Byte}\.{Byte}",
        ["ipv6"] = "[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}",
        ["uri"] = $@"https?://{Host}(/[A-Za-z0-9._~-]*)*",
    };

    // OpenAPI's names for how numbers and bytes are held; they forbid no text.
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal) { "int32", "int64", "uint32", "uint64", "float", "double", "password" };

    /// <summary>The formats known.</summary>
    public static string Names => string.Join(", ", Formats.Keys);

    /// <summary>Whether a format says nothing about the text.</summary>
    public static bool IsAnnotation(string format) => Annotations.Contains(format);

    /// <summary>The expression of a format, or null.</summary>
    public static string? Find(string format) => Formats.GetValueOrDefault(format);
}
