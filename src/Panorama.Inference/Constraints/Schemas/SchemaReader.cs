using System.Globalization;
using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>
/// Reads one schema of JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12/json-schema-validation), with <c>definitions</c> and
/// <c>nullable</c> of older dialects. Keywords that only describe are passed over; those that constrain and are not supported are refused by name.
/// </summary>
internal static class SchemaReader
{
    private static readonly HashSet<string> Refused = new(StringComparer.Ordinal)
    {
        "not", "if", "then", "else", "dependentSchemas", "dependentRequired", "dependencies", "patternProperties", "propertyNames", "contains", "minContains", "maxContains",
        "unevaluatedProperties", "unevaluatedItems", "additionalItems", "$dynamicRef", "$recursiveRef",
    };

    /// <summary>Reads a schema.</summary>
    /// <exception cref="ConstraintException">It is malformed or has a keyword that is not supported.</exception>
    public static SchemaNode Read(SchemaPart place)
    {
        var node = new SchemaNode { Place = place };
        switch (place.Element.ValueKind)
        {
            case JsonValueKind.True: return node;
            case JsonValueKind.False: return node with { Types = JsonTypes.None };
            case JsonValueKind.Object: break;
            default: throw place.Fail("a schema must be an object, true or false");
        }

        bool nullable = false;
        foreach (JsonProperty keyword in place.Element.EnumerateObject())
        {
            if (Refused.Contains(keyword.Name))
            {
                throw place.Fail($"the keyword '{keyword.Name}' is not supported");
            }

            nullable |= keyword.Name == "nullable" && keyword.Value.ValueKind == JsonValueKind.True;
            node = Add(node, keyword.Name, keyword.Value);
        }

        return nullable && node.Types != JsonTypes.All ? node with { Types = node.Types | JsonTypes.Null } : node;
    }

    private static SchemaNode Add(SchemaNode node, string name, JsonElement value)
    {
        SchemaPart place = node.Place;
        switch (name)
        {
            case "type": return Typed(node, value);
            case "const": return node with { Values = [value] };
            case "enum": return node with { Values = List(place, name, value) };
            case "$ref": return node with { References = [place.At(value, name)] };
            case "allOf": return node with { Choices = [.. node.Choices, .. Parts(place, name, value).Select(static part => ((IReadOnlyList<SchemaPart>)[part], false))] };
            case "anyOf": return node with { Choices = [.. node.Choices, (Parts(place, name, value), false)] };
            case "oneOf": return node with { Choices = [.. node.Choices, (Parts(place, name, value), true)] };
            case "properties":
                if (value.ValueKind != JsonValueKind.Object)
                {
                    throw place.Fail("'properties' must be an object");
                }

                return Hinted(node with { Properties = [.. value.EnumerateObject().Select(p => (p.Name, (IReadOnlyList<SchemaPart>)[place.At(p.Value, $"properties/{p.Name}")]))] }, JsonTypes.Object);
            case "required":
                return Hinted(node with { Required = [.. List(place, name, value).Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw place.Fail("'required' must be a list of names")).Distinct(StringComparer.Ordinal)] }, JsonTypes.Object);
            case "additionalProperties": return Hinted(node with { AdditionalProperties = [place.At(value, name)] }, JsonTypes.Object);
            case "minProperties": return Hinted(node with { MinProperties = Count(place, name, value) }, JsonTypes.Object);
            case "maxProperties": return Hinted(node with { MaxProperties = Count(place, name, value) }, JsonTypes.Object);
            case "prefixItems": return Hinted(node with { PrefixItems = [.. Parts(place, name, value).Select(static part => (IReadOnlyList<SchemaPart>)[part])] }, JsonTypes.Array);
            case "items" when value.ValueKind == JsonValueKind.Array: throw place.Fail("'items' as a list is not supported; use 'prefixItems'");
            case "items": return Hinted(node with { Items = [place.At(value, name)] }, JsonTypes.Array);
            case "minItems": return Hinted(node with { MinItems = Count(place, name, value) }, JsonTypes.Array);
            case "maxItems": return Hinted(node with { MaxItems = Count(place, name, value) }, JsonTypes.Array);
            case "uniqueItems": return value.ValueKind == JsonValueKind.False ? node : throw place.Fail("'uniqueItems' is not supported");
            case "minLength": return Hinted(node with { MinLength = Count(place, name, value) }, JsonTypes.String);
            case "maxLength": return Hinted(node with { MaxLength = Count(place, name, value) }, JsonTypes.String);
            case "pattern": return Hinted(node with { Patterns = [Text(place, name, value)] }, JsonTypes.String);
            case "format": return Formatted(node, Text(place, name, value));
            case "minimum": return Ranged(node, new NumberRange { Least = Number(place, name, value) });
            case "exclusiveMinimum": return Ranged(node, new NumberRange { Least = Number(place, name, value), AboveLeast = true });
            case "maximum": return Ranged(node, new NumberRange { Most = Number(place, name, value) });
            case "exclusiveMaximum": return Ranged(node, new NumberRange { Most = Number(place, name, value), BelowMost = true });
            case "multipleOf": return Number(place, name, value) == 1 ? node with { Types = node.Types & ~JsonTypes.Fraction } : throw place.Fail("'multipleOf' is not supported, but for 1");
            default: return node;
        }
    }

    private static SchemaNode Typed(SchemaNode node, JsonElement value)
    {
        JsonTypes types = JsonTypes.None;
        foreach (JsonElement item in value.ValueKind == JsonValueKind.Array ? List(node.Place, "type", value) : [value])
        {
            string name = Text(node.Place, "type", item);
            types |= JsonTypeNames.Parse(name) ?? throw node.Place.Fail($"the type {Shown.Quote(name)} is not known");
        }

        return node with { Types = node.Types & types, Hints = types };
    }

    // Keywords for one kind of value leave the others free; what is meant is that kind, and its values are valid.
    private static SchemaNode Hinted(SchemaNode node, JsonTypes type) => node with { Hints = node.Hints | type };

    private static SchemaNode Ranged(SchemaNode node, NumberRange range) => Hinted(node with { Range = node.Range.Intersect(range) }, JsonTypes.Number);

    private static SchemaNode Formatted(SchemaNode node, string format) => StringFormats.IsAnnotation(format) ? node
        : StringFormats.Find(format) is not null ? Hinted(node with { Format = format }, JsonTypes.String)
        : throw node.Place.Fail($"the format {Shown.Quote(format)} is not supported; supported: {StringFormats.Names}");

    private static IReadOnlyList<SchemaPart> Parts(SchemaPart place, string name, JsonElement value) =>
        [.. List(place, name, value).Select((item, i) => place.At(item, string.Create(CultureInfo.InvariantCulture, $"{name}/{i}")))];

    private static IReadOnlyList<JsonElement> List(SchemaPart place, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? [.. value.EnumerateArray()]
        : name == "required" && value.ValueKind == JsonValueKind.Array ? []
        : throw place.Fail($"'{name}' must be a list of at least one item");

    private static string Text(SchemaPart place, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw place.Fail($"'{name}' must be a string");

    private static int Count(SchemaPart place, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && number >= 0 && number == decimal.Truncate(number)
            ? (int)Math.Min(number, int.MaxValue)
            : throw place.Fail($"'{name}' must be an integer of at least 0");

    // Bounds that no decimal holds bound nothing that is generated.
    private static decimal Number(SchemaPart place, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            throw place.Fail($"'{name}' must be a number");
        }

        return value.TryGetDecimal(out decimal number) ? number : value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;
    }
}
