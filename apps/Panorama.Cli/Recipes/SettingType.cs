using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Panorama.Cli.Recipes;

/// <summary>The type of a setting that is written as one scalar: text, number, switch or one of several names.</summary>
/// <param name="Clr">The type of the value, never <see cref="System.Nullable{T}"/>.</param>
/// <param name="Nullable">Whether <c>null</c> is a value.</param>
internal sealed record SettingType(Type Clr, bool Nullable)
{
    /// <summary>Whether values of a type can be written as one scalar.</summary>
    /// <param name="clr">The type, not nullable.</param>
    public static bool IsScalar(Type clr) => clr.IsEnum || Type.GetTypeCode(clr) is
        TypeCode.Boolean or TypeCode.Byte or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64 or TypeCode.Single or TypeCode.Double or TypeCode.String;

    /// <summary>The names of an enumeration as users write them; empty for other types.</summary>
    public IReadOnlyList<string> Names => Clr.IsEnum ? [.. Enum.GetNames(Clr).Select(SettingName.Snake)] : [];

    /// <summary>What is allowed, for errors and help.</summary>
    public string Allowed
    {
        get
        {
            string allowed = Clr.IsEnum
                ? string.Join(", ", Names)
                : Type.GetTypeCode(Clr) switch
                {
                    TypeCode.Boolean => "true or false",
                    TypeCode.String => "text",
                    TypeCode.Single or TypeCode.Double => "a number",
                    TypeCode.Int32 or TypeCode.Int64 => $"a whole number from {Limit("MinValue")} to {Limit("MaxValue")}",
                    _ => $"a whole number from 0 to {Limit("MaxValue")}",
                };
            return Nullable ? allowed + ", or null" : allowed;
        }
    }

    /// <summary>A short name of the type for the help.</summary>
    public string Word => Clr.IsEnum
        ? string.Join('|', Names)
        : Type.GetTypeCode(Clr) switch
        {
            TypeCode.Boolean => "true|false",
            TypeCode.String => "text",
            TypeCode.Single or TypeCode.Double => "number",
            _ => "integer",
        };

    /// <summary>Reads a value; <c>1_000_000</c> and <c>1e-3</c> are numbers.</summary>
    /// <param name="text">The text.</param>
    /// <param name="quoted">Whether it was quoted and so cannot be null.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether the text is a value of this type.</returns>
    public bool TryParse(string text, bool quoted, out object? value)
    {
        value = null;
        if (Nullable && !quoted && text is ("null" or "~" or ""))
            return true;
        if (Clr == typeof(string))
        {
            value = text;
            return true;
        }

        if (Clr.IsEnum)
        {
            int index = Names.ToList().FindIndex(name => name.Equals(text.Replace('-', '_'), StringComparison.OrdinalIgnoreCase));
            value = index < 0 ? null : Enum.Parse(Clr, Enum.GetNames(Clr)[index]);
            return index >= 0;
        }

        value = ParseNumberOrSwitch(text);
        return value is not null;
    }

    /// <summary>A value as JSON, also its spelling in YAML except for the quotes of text.</summary>
    /// <param name="value">A value of this type.</param>
    public static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        Enum name => SettingName.Snake(name.ToString()),
        _ => JsonSerializer.SerializeToNode(value, value.GetType()),
    };

    /// <summary>A value as a user would write it.</summary>
    /// <param name="value">A value of this type.</param>
    public static string Spell(object? value) => value switch
    {
        null => "null",
        string text => text,
        bool flag => flag ? "true" : "false",
        Enum name => SettingName.Snake(name.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private object? ParseNumberOrSwitch(string text)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string digits = text.Length > 1 && char.IsAsciiDigit(text[^1]) ? text.Replace("_", "", StringComparison.Ordinal) : text;
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return Type.GetTypeCode(Clr) switch
        {
            TypeCode.Boolean => text switch { "true" or "True" => true, "false" or "False" => false, _ => null },
            TypeCode.Byte => byte.TryParse(digits, Whole, culture, out byte u8) ? u8 : null,
            TypeCode.Int32 => int.TryParse(digits, Whole, culture, out int i32) ? i32 : null,
            TypeCode.UInt32 => uint.TryParse(digits, Whole, culture, out uint u32) ? u32 : null,
            TypeCode.Int64 => long.TryParse(digits, Whole, culture, out long i64) ? i64 : null,
            TypeCode.UInt64 => ulong.TryParse(digits, Whole, culture, out ulong u64) ? u64 : null,
            TypeCode.Single => float.TryParse(digits, Real, culture, out float f32) && float.IsFinite(f32) ? f32 : null,
            TypeCode.Double => double.TryParse(digits, Real, culture, out double f64) && double.IsFinite(f64) ? f64 : null,
            _ => null,
        };
    }

    private string Limit(string field) => Spell(Clr.GetField(field)!.GetValue(null));
}
