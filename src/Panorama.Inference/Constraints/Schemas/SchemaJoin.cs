using System.Text.Json;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>Joins schemas that must hold together.</summary>
internal static class SchemaJoin
{
    /// <summary>What satisfies both.</summary>
    public static SchemaNode Join(SchemaNode a, SchemaNode b) => a with
    {
        Types = a.Types & b.Types,
        Hints = a.Hints == JsonTypes.None ? b.Hints : b.Hints == JsonTypes.None ? a.Hints : (a.Hints & b.Hints) is var both && both != JsonTypes.None ? both : a.Hints | b.Hints,
        Values = a.Values is null ? b.Values : b.Values is null ? a.Values : [.. a.Values.Where(x => b.Values.Any(y => JsonElement.DeepEquals(x, y)))],
        Properties = Properties(a, b),
        Required = [.. a.Required.Union(b.Required, StringComparer.Ordinal)],
        AdditionalProperties = Both(a.AdditionalProperties, b.AdditionalProperties),
        MinProperties = Math.Max(a.MinProperties, b.MinProperties),
        MaxProperties = Least(a.MaxProperties, b.MaxProperties),
        PrefixItems = Prefixes(a, b),
        Items = Both(a.Items, b.Items),
        MinItems = Math.Max(a.MinItems, b.MinItems),
        MaxItems = Least(a.MaxItems, b.MaxItems),
        MinLength = Math.Max(a.MinLength, b.MinLength),
        MaxLength = Least(a.MaxLength, b.MaxLength),
        Patterns = [.. a.Patterns.Union(b.Patterns, StringComparer.Ordinal)],
        Format = a.Format is null || a.Format == b.Format ? b.Format : b.Format is null ? a.Format : throw b.Place.Fail($"the formats '{a.Format}' and '{b.Format}' together are not supported"),
        Range = a.Range.Intersect(b.Range),
        Choices = [.. a.Choices, .. b.Choices],
        References = [.. a.References, .. b.References],
    };

    // A member that only one of them names must satisfy what the other says of members it does not name.
    private static List<(string, IReadOnlyList<SchemaPart>)> Properties(SchemaNode a, SchemaNode b)
    {
        var joined = new List<(string, IReadOnlyList<SchemaPart>)>();
        foreach ((string name, IReadOnlyList<SchemaPart> schemas) in a.Properties)
        {
            joined.Add((name, [.. schemas, .. Named(b, name) ?? b.AdditionalProperties ?? []]));
        }

        foreach ((string name, IReadOnlyList<SchemaPart> schemas) in b.Properties)
        {
            if (Named(a, name) is null)
            {
                joined.Add((name, [.. schemas, .. a.AdditionalProperties ?? []]));
            }
        }

        return joined;
    }

    private static IReadOnlyList<SchemaPart>? Named(SchemaNode node, string name) =>
        node.Properties.FirstOrDefault(property => property.Name == name).Schemas;

    private static List<IReadOnlyList<SchemaPart>> Prefixes(SchemaNode a, SchemaNode b)
    {
        var joined = new List<IReadOnlyList<SchemaPart>>();
        for (int i = 0; i < Math.Max(a.PrefixItems.Count, b.PrefixItems.Count); i++)
        {
            joined.Add([.. (i < a.PrefixItems.Count ? a.PrefixItems[i] : a.Items) ?? [], .. (i < b.PrefixItems.Count ? b.PrefixItems[i] : b.Items) ?? []]);
        }

        return joined;
    }

    private static IReadOnlyList<SchemaPart>? Both(IReadOnlyList<SchemaPart>? a, IReadOnlyList<SchemaPart>? b) => a is null ? b : b is null ? a : [.. a, .. b];

    private static int? Least(int? a, int? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);
}
