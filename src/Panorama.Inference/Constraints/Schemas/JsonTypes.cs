using System.Text.Json;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>Kinds of JSON values, as <c>type</c> names them.</summary>
[Flags]
internal enum JsonTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>null</c>.</summary>
    Null = 1,

    /// <summary><c>true</c>, <c>false</c>.</summary>
    Boolean = 2,

    /// <summary>Numbers without a fraction.</summary>
    Integer = 4,

    /// <summary>Numbers with a fraction.</summary>
    Fraction = 8,

    /// <summary>Strings.</summary>
    String = 16,

    /// <summary>Arrays.</summary>
    Array = 32,

    /// <summary>Objects.</summary>
    Object = 64,

    /// <summary>All numbers.</summary>
    Number = Integer | Fraction,

    /// <summary>All.</summary>
    All = 127,
}

/// <summary>Helpers for kinds of values.</summary>
internal static class JsonTypeNames
{
    /// <summary>The kind that a schema names, or null.</summary>
    public static JsonTypes? Parse(string name) => name switch
    {
        "null" => JsonTypes.Null,
        "boolean" => JsonTypes.Boolean,
        "integer" => JsonTypes.Integer,
        "number" => JsonTypes.Number,
        "string" => JsonTypes.String,
        "array" => JsonTypes.Array,
        "object" => JsonTypes.Object,
        _ => null,
    };

    /// <summary>The kind of a value.</summary>
    public static JsonTypes Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonTypes.String,
        JsonValueKind.Number => value.TryGetDecimal(out decimal number) && number == decimal.Truncate(number) ? JsonTypes.Integer : JsonTypes.Fraction,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.Object => JsonTypes.Object,
        _ => JsonTypes.Null,
    };
}
