using System.Globalization;
using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>Follows references within a document, and takes schemas apart into alternatives without choices.</summary>
/// <param name="root">The document.</param>
/// <param name="limits">Bounds nesting and alternatives.</param>
internal sealed class SchemaResolver(JsonElement root, ConstraintLimits limits)
{
    private const int MostAlternatives = 512;

    /// <summary>
    /// Everything that must hold, as alternatives one of which does: each without choices, and either without references or
    /// nothing but one (<see cref="SchemaNode.IsReference"/>), which may lead back to where it stands.
    /// </summary>
    /// <param name="schemas">Schemas that must hold together.</param>
    /// <exception cref="ConstraintException">Something is not supported, or refers to itself without end.</exception>
    public List<SchemaNode> Alternatives(IReadOnlyList<SchemaPart> schemas)
    {
        SchemaNode node = SchemaReader.Read(schemas[0]);
        for (int i = 1; i < schemas.Count; i++)
        {
            node = SchemaJoin.Join(node, SchemaReader.Read(schemas[i]));
        }

        var alternatives = new List<SchemaNode>();
        Expand(node, 0, alternatives);
        return alternatives;
    }

    /// <summary>The schema that a reference names.</summary>
    /// <exception cref="ConstraintException">There is none, or it is elsewhere.</exception>
    public SchemaPart Follow(SchemaPart reference)
    {
        string text = reference.Element.ValueKind == JsonValueKind.String ? reference.Element.GetString()! : throw reference.Fail("a reference must be a string");
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
        {
            throw reference.Fail($"the reference {Shown.Quote(text)} is not supported; supported are those within the schema, such as '#/$defs/name'");
        }

        JsonElement at = root;
        string path = "";
        foreach (string part in text.Length < 2 ? [] : Uri.UnescapeDataString(text)[2..].Split('/'))
        {
            string name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            bool found = at.ValueKind switch
            {
                JsonValueKind.Object => at.TryGetProperty(name, out at),
                JsonValueKind.Array => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < at.GetArrayLength() && (at = at[index]).ValueKind != JsonValueKind.Undefined,
                _ => false,
            };
            if (!found)
            {
                throw reference.Fail($"the reference {Shown.Quote(text)} names nothing");
            }

            path += "/" + part;
        }

        return new SchemaPart(at, path);
    }

    private void Expand(SchemaNode node, int depth, List<SchemaNode> alternatives)
    {
        if (depth > limits.Depth)
        {
            throw node.Place.Fail("the schema refers to itself without end, or nests too many choices");
        }

        if (node.IsReference)
        {
            alternatives.Add(node);
        }
        else if (node.References is [var reference, ..])
        {
            SchemaNode rest = node with { References = [.. node.References.Skip(1)] };
            Expand(SchemaJoin.Join(rest, SchemaReader.Read(Follow(reference))), depth + 1, alternatives);
        }
        else if (node.Choices is [var (schemas, exclusive), ..])
        {
            SchemaNode rest = node with { Choices = [.. node.Choices.Skip(1)] };
            var groups = new List<List<SchemaNode>>();
            foreach (SchemaPart schema in schemas)
            {
                groups.Add([]);
                Expand(SchemaJoin.Join(rest, SchemaReader.Read(schema)), depth + 1, groups[^1]);
                if (alternatives.Count + groups.Sum(static group => group.Count) > MostAlternatives)
                {
                    throw node.Place.Fail($"the choices give more than {MostAlternatives} alternatives");
                }
            }

            if (exclusive)
            {
                RequireApart(groups, node.Place);
            }

            alternatives.AddRange(groups.SelectMany(static group => group));
        }
        else if (node.Types != JsonTypes.None && node.Values is not { Count: 0 })
        {
            alternatives.Add(node);
        }
    }

    // Of oneOf exactly one alternative may hold. A value of one is sure to break the others only where they cannot overlap.
    private void RequireApart(List<List<SchemaNode>> groups, SchemaPart place)
    {
        for (int i = 0; i < groups.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (groups[i].Any(a => groups[j].Any(b => !AreApart(a, b, limits.Depth))))
                {
                    throw place.Fail(string.Create(CultureInfo.InvariantCulture, $"'oneOf' has alternatives {j} and {i} that may hold both; use 'anyOf', or tell them apart by type or by a required property with 'const'"));
                }
            }
        }
    }

    private bool AreApart(SchemaNode a, SchemaNode b, int depth)
    {
        if (depth == 0)
        {
            return false;
        }

        if (a.IsReference || b.IsReference)
        {
            return Followed(a).All(x => Followed(b).All(y => AreApart(x, y, depth - 1)));
        }

        JsonTypes common = Types(a) & Types(b);
        if (common == JsonTypes.None)
        {
            return true;
        }

        if (a.Values is not null && b.Values is not null && !a.Values.Any(x => b.Values.Any(y => JsonElement.DeepEquals(x, y))))
        {
            return true;
        }

        if ((common & ~JsonTypes.Number) == JsonTypes.None && a.Range.Intersect(b.Range) is { Least: { } least, Most: { } most } range && (least > most || (least == most && !range.Contains(least))))
        {
            return true;
        }

        return common == JsonTypes.Object && a.Required.Intersect(b.Required, StringComparer.Ordinal).Any(name =>
            Member(a, name) is { } x && Member(b, name) is { } y && Alternatives(x).All(p => Alternatives(y).All(q => AreApart(p, q, depth / 4))));
    }

    private List<SchemaNode> Followed(SchemaNode node) => node.IsReference ? Alternatives([Follow(node.References[0])]) : [node];

    private static IReadOnlyList<SchemaPart>? Member(SchemaNode node, string name) => node.Properties.FirstOrDefault(property => property.Name == name).Schemas;

    private static JsonTypes Types(SchemaNode node) => node.Values is null ? node.Types : node.Values.Aggregate(JsonTypes.None, static (types, value) => types | JsonTypeNames.Of(value)) & node.Types;
}
