using System.Text.Json;
using System.Text.RegularExpressions;

namespace Panorama.Inference.Tests.Constraints;

/// <summary>Judges JSON values by JSON Schema, keyword by keyword, as the specification words them: apart from the code under test.</summary>
internal static class SchemaJudge
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Judge(JsonElement value, JsonElement schema, JsonElement root)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return schema.GetBoolean() ? null : "false";
        }

        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            if (Wrong(keyword.Name, keyword.Value, value, schema, root) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static string? Wrong(string name, JsonElement rule, JsonElement value, JsonElement schema, JsonElement root)
    {
        bool isObject = value.ValueKind == JsonValueKind.Object, isArray = value.ValueKind == JsonValueKind.Array, isText = value.ValueKind == JsonValueKind.String, isNumber = value.ValueKind == JsonValueKind.Number;
        bool holds = name switch
        {
            "type" => (rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Select(static t => t.GetString()!) : [rule.GetString()!]).Any(type => IsOf(value, type)) || (value.ValueKind == JsonValueKind.Null && schema.TryGetProperty("nullable", out JsonElement nullable) && nullable.GetBoolean()),
            "const" => JsonElement.DeepEquals(value, rule),
            "enum" => rule.EnumerateArray().Any(item => JsonElement.DeepEquals(value, item)),
            "$ref" => Judge(value, Follow(rule.GetString()!, root), root) is null,
            "allOf" => rule.EnumerateArray().All(item => Judge(value, item, root) is null),
            "anyOf" => rule.EnumerateArray().Any(item => Judge(value, item, root) is null),
            "oneOf" => rule.EnumerateArray().Count(item => Judge(value, item, root) is null) == 1,
            "properties" => !isObject || rule.EnumerateObject().All(p => !value.TryGetProperty(p.Name, out JsonElement member) || Judge(member, p.Value, root) is null),
            "required" => !isObject || rule.EnumerateArray().All(item => value.TryGetProperty(item.GetString()!, out _)),
            "additionalProperties" => !isObject || value.EnumerateObject().All(p => (schema.TryGetProperty("properties", out JsonElement named) && named.TryGetProperty(p.Name, out _)) || Judge(p.Value, rule, root) is null),
            "minProperties" => !isObject || value.EnumerateObject().Count() >= rule.GetInt32(),
            "maxProperties" => !isObject || value.EnumerateObject().Count() <= rule.GetInt32(),
            "prefixItems" => !isArray || value.EnumerateArray().Zip(rule.EnumerateArray()).All(pair => Judge(pair.First, pair.Second, root) is null),
            "items" => !isArray || value.EnumerateArray().Skip(schema.TryGetProperty("prefixItems", out JsonElement prefix) ? prefix.GetArrayLength() : 0).All(item => Judge(item, rule, root) is null),
            "minItems" => !isArray || value.GetArrayLength() >= rule.GetInt32(),
            "maxItems" => !isArray || value.GetArrayLength() <= rule.GetInt32(),
            "minLength" => !isText || value.GetString()!.EnumerateRunes().Count() >= rule.GetInt32(),
            "maxLength" => !isText || value.GetString()!.EnumerateRunes().Count() <= rule.GetInt32(),
            "pattern" => !isText || Regex.IsMatch(value.GetString()!, rule.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(5)),
            "format" => !isText || IsFormat(value.GetString()!, rule.GetString()!),
            "minimum" => !isNumber || value.GetDecimal() >= rule.GetDecimal(),
            "maximum" => !isNumber || value.GetDecimal() <= rule.GetDecimal(),
            "exclusiveMinimum" => !isNumber || value.GetDecimal() > rule.GetDecimal(),
            "exclusiveMaximum" => !isNumber || value.GetDecimal() < rule.GetDecimal(),
            _ => true,
        };
        return holds ? null : $"{name} {rule.GetRawText()}: {value.GetRawText()}";
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && number == decimal.Truncate(number),
        "number" => value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()),
        "string" => value.ValueKind == JsonValueKind.String && value.GetString() is not null,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static bool IsFormat(string text, string format) => format switch
    {
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
        "time" => DateTimeOffset.TryParse("2000-01-01T" + text, System.Globalization.CultureInfo.InvariantCulture, out _) || text.Contains("+14:", StringComparison.Ordinal) || HasLargeOffset(text),
        "date-time" => DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _) || HasLargeOffset(text),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out _),
        "ipv4" => System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address) && address.ToString() == text,
        "ipv6" => System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6,
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "hostname" => Uri.CheckHostName(text) == UriHostNameType.Dns,
        _ => true,
    };

    // .NET holds offsets up to 14 hours, RFC 3339 allows 23:59.
    private static bool HasLargeOffset(string text) => text[^6] is '+' or '-' && int.Parse(text.AsSpan(text.Length - 5, 2), System.Globalization.CultureInfo.InvariantCulture) >= 14;

    private static JsonElement Follow(string reference, JsonElement root) =>
        Uri.UnescapeDataString(reference).Split('/').Skip(1).Select(static name => name.Replace("~1", "/", StringComparison.Ordinal)).Aggregate(root, static (at, name) => at.GetProperty(name));
}
