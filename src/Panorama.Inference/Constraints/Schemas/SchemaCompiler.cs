using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>
/// Emits the texts of JSON values that a schema allows. Members come in the order in which the schema names them; others only where
/// <c>additionalProperties</c> says so, or nothing is named. What the schema leaves open may be narrowed, never widened.
/// </summary>
internal sealed class SchemaCompiler
{
    private readonly GrammarBuilder _builder;
    private readonly JsonGrammar _json;
    private readonly SchemaResolver _resolver;
    private readonly StringSchemas _strings;
    private readonly NumberSchemas _numbers;
    private readonly ObjectSchemas _objects;
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private int _depth;

    /// <summary>Prepares the compilation of a document.</summary>
    public SchemaCompiler(GrammarBuilder builder, JsonElement root)
    {
        _builder = builder;
        _json = new JsonGrammar(builder);
        _resolver = new SchemaResolver(root, builder.Limits);
        _strings = new StringSchemas(builder, _json);
        _numbers = new NumberSchemas(builder, _json);
        _objects = new ObjectSchemas(builder, _json, Emit, CanHold);
    }

    /// <summary>Emits the values of schemas that hold together.</summary>
    /// <exception cref="ConstraintException">Something is not supported, or no value fits.</exception>
    public int Emit(int from, IReadOnlyList<SchemaPart> schemas)
    {
        if (++_depth > _builder.Limits.Depth)
        {
            throw schemas[0].Fail(string.Create(CultureInfo.InvariantCulture, $"schemas are nested more than {_builder.Limits.Depth} deep"));
        }

        List<SchemaNode> alternatives = _resolver.Alternatives(schemas);
        if (alternatives.Count == 0)
        {
            throw schemas[0].Fail("no value fits");
        }

        int end = alternatives.Count == 1 ? Emit(from, alternatives[0]) : _builder.Choice(from, alternatives.Select(node => (Func<int, int>)(start => Emit(start, node))));
        _depth--;
        return end;
    }

    private bool CanHold(IReadOnlyList<SchemaPart> schemas) => _resolver.Alternatives(schemas).Count > 0;

    private int Rule(SchemaPart target)
    {
        if (!_rules.TryGetValue(target.Path, out int rule))
        {
            rule = _builder.Rule(from =>
            {
                _depth = 0;
                return Emit(from, [target]);
            });
            _rules.Add(target.Path, rule);
        }

        return rule;
    }

    private int Emit(int from, SchemaNode node)
    {
        if (node.IsReference)
        {
            return _builder.Call(from, Rule(_resolver.Follow(node.References[0])));
        }

        if (node.Values is not null)
        {
            return Values(from, node);
        }

        JsonTypes types = node.Types == JsonTypes.All && node.Hints != JsonTypes.None ? node.Hints : node.Types;
        if (types == JsonTypes.All)
        {
            return _json.Value(from);
        }

        var parts = new List<Func<int, int>>();
        if (types.HasFlag(JsonTypes.Object))
        {
            parts.Add(start => _objects.Emit(start, node));
        }

        if (types.HasFlag(JsonTypes.Array))
        {
            parts.Add(start => Array(start, node));
        }

        if (types.HasFlag(JsonTypes.String))
        {
            parts.Add(start => _strings.Emit(start, node));
        }

        if ((types & JsonTypes.Number) != JsonTypes.None)
        {
            parts.Add(start => _numbers.Emit(start, node, types));
        }

        if (types.HasFlag(JsonTypes.Boolean))
        {
            parts.Add(_json.Word("true"));
            parts.Add(_json.Word("false"));
        }

        if (types.HasFlag(JsonTypes.Null))
        {
            parts.Add(_json.Word("null"));
        }

        return parts.Count == 1 ? parts[0](from) : _builder.Choice(from, parts);
    }

    private int Values(int from, SchemaNode node)
    {
        if (node.Patterns.Count > 0 || node.Format is not null || node.Properties.Count + node.Required.Count + node.PrefixItems.Count > 0 || node.Items is not null || node.AdditionalProperties is not null)
        {
            throw node.Place.Fail("'enum' or 'const' together with 'pattern', 'format', 'properties' or 'items' is not supported");
        }

        JsonElement[] values = [.. node.Values!.Where(value => Fits(value, node))];
        if (values.Length == 0)
        {
            throw node.Place.Fail("none of the values of 'enum' or 'const' fits the other keywords");
        }

        // Scalars share the states of what they have in common; only values with parts have white space.
        byte[][] scalars = [.. values.Where(static value => value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).Select(Scalar)];
        var parts = new List<Func<int, int>>();
        if (scalars.Length > 0)
        {
            parts.Add(start => _builder.Literals(start, scalars));
        }

        parts.AddRange(values.Where(static value => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array).Select(value => (Func<int, int>)(start => Value(start, value))));
        return parts.Count == 1 ? parts[0](from) : _builder.Choice(from, parts);
    }

    private static bool Fits(JsonElement value, SchemaNode node) => (JsonTypeNames.Of(value) & node.Types) != JsonTypes.None && value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetDecimal(out decimal number) ? node.Range.Contains(number) : node.Range.IsOpen,
        JsonValueKind.String => value.GetString()!.EnumerateRunes().Count() is var length && length >= node.MinLength && (node.MaxLength is null || length <= node.MaxLength),
        JsonValueKind.Array => value.GetArrayLength() is var count && count >= node.MinItems && (node.MaxItems is null || count <= node.MaxItems),
        JsonValueKind.Object => value.EnumerateObject().Count() is var count && count >= node.MinProperties && (node.MaxProperties is null || count <= node.MaxProperties),
        _ => true,
    };

    private static byte[] Scalar(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? [(byte)'"', .. JsonCharacters.Text(value.GetString()!), (byte)'"']
        : Encoding.UTF8.GetBytes(value.GetRawText());

    private int Value(int from, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                from = _builder.Literal(from, "{"u8);
                int members = 0;
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    from = _json.Space(members++ > 0 ? _builder.Literal(from, ","u8) : from);
                    from = _builder.Literal(from, [(byte)'"', .. JsonCharacters.Text(property.Name), (byte)'"']);
                    from = Value(_json.Colon(from), property.Value);
                }

                return _builder.Literal(_json.Space(from), "}"u8);
            case JsonValueKind.Array:
                from = _builder.Literal(from, "["u8);
                for (int i = 0; i < value.GetArrayLength(); i++)
                {
                    from = Value(_json.Space(i > 0 ? _builder.Literal(from, ","u8) : from), value[i]);
                }

                return _builder.Literal(_json.Space(from), "]"u8);
            default: return _builder.Literal(from, Scalar(value));
        }
    }

    private int Array(int from, SchemaNode node)
    {
        if (node.Items is null && node.PrefixItems.Count == 0 && node.MinItems == 0 && node.MaxItems is null)
        {
            return _json.AnyArray(from);
        }

        // A rule for the item: it is called at every place instead of being written out there.
        bool takesMore = node.Items is null || CanHold(node.Items);
        int fixedCount = node.PrefixItems.Count;
        int? most = takesMore ? node.MaxItems : Math.Min(node.MaxItems ?? int.MaxValue, fixedCount);
        if (most < node.MinItems)
        {
            throw node.Place.Fail("no array has as few items as 'maxItems' and as many as 'minItems' ask for");
        }

        int item = !takesMore ? -1 : _builder.Rule(start => node.Items is null ? _json.Value(start) : Emit(start, node.Items));
        int end = _builder.Node(), at = _builder.Literal(from, "["u8), open = at;
        for (int i = 0; i < Math.Min(fixedCount, most ?? fixedCount); i++)
        {
            if (i >= node.MinItems)
            {
                Close(at);
            }

            at = Emit(_json.Space(i > 0 ? _builder.Literal(at, ","u8) : at), node.PrefixItems[i]);
        }

        if (takesMore && (most is null || most > fixedCount))
        {
            if (fixedCount == 0)
            {
                if (node.MinItems == 0)
                {
                    Close(at);
                }

                at = _builder.Call(_json.Space(open), item);
            }

            int before = Math.Max(fixedCount, 1);
            at = _builder.Repeat(at, Math.Max(node.MinItems - before, 0), most - before, start => _builder.Call(_json.Space(_builder.Literal(start, ","u8)), item));
        }

        Close(at);
        return end;

        void Close(int last) => _builder.Bytes(_json.Space(last), (byte)']', (byte)']', end);
    }
}
