using System.Text;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>Emits objects.</summary>
/// <param name="builder">Takes the states.</param>
/// <param name="json">The parts of JSON.</param>
/// <param name="emit">Emits the values of schemas that hold together.</param>
/// <param name="canHold">Whether schemas can hold together.</param>
internal sealed class ObjectSchemas(GrammarBuilder builder, JsonGrammar json, Func<int, IReadOnlyList<SchemaPart>, int> emit, Func<IReadOnlyList<SchemaPart>, bool> canHold)
{
    /// <summary>Emits the objects of a schema.</summary>
    public int Emit(int from, SchemaNode node)
    {
        List<(string Name, IReadOnlyList<SchemaPart>? Schemas, bool Required)> members = Members(node);
        IReadOnlyList<SchemaPart>? others = node.AdditionalProperties;
        bool takesOthers = others is null ? members.Count == 0 : canHold(others);
        if (members.Count == 0 && takesOthers)
        {
            return others is null && node is { MinProperties: 0, MaxProperties: null } ? json.AnyObject(from) : Map(from, node, others);
        }

        int required = members.Count(static member => member.Required);
        if (node.MinProperties > required || node.MaxProperties < (takesOthers ? int.MaxValue : members.Count))
        {
            throw node.Place.Fail("'minProperties' and 'maxProperties' together with 'properties' are not supported where they do not hold anyway");
        }

        return Named(builder.Literal(from, "{"u8), members, takesOthers, others);
    }

    private List<(string, IReadOnlyList<SchemaPart>?, bool)> Members(SchemaNode node)
    {
        var required = node.Required.ToHashSet(StringComparer.Ordinal);
        var members = new List<(string, IReadOnlyList<SchemaPart>?, bool)>();
        foreach ((string name, IReadOnlyList<SchemaPart> schemas) in node.Properties)
        {
            if (canHold(schemas))
            {
                members.Add((name, schemas, required.Remove(name)));
            }
            else if (required.Contains(name))
            {
                throw node.Place.Fail($"no value fits the required property {Core.IO.Shown.Quote(name)}");
            }
        }

        foreach (string name in node.Required.Where(required.Contains))
        {
            if (node.AdditionalProperties is { } others && !canHold(others))
            {
                throw node.Place.Fail($"the property {Core.IO.Shown.Quote(name)} is required, but 'additionalProperties' forbids it");
            }

            members.Add((name, node.AdditionalProperties, true));
        }

        return members;
    }

    // Each member is written once: what comes before the first and what comes between two lead to it.
    private int Named(int open, List<(string Name, IReadOnlyList<SchemaPart>? Schemas, bool Required)> members, bool takesOthers, IReadOnlyList<SchemaPart>? others)
    {
        int end = builder.Node();
        int? none = open, some = null; // where no member has been written yet, and where one has
        foreach ((string name, IReadOnlyList<SchemaPart>? schemas, bool isRequired) in members)
        {
            int key = Before(none, some);
            int value = json.Colon(builder.Literal(key, [(byte)'"', .. JsonCharacters.Text(name), (byte)'"']));
            int after = schemas is null ? json.Value(value) : emit(value, schemas);
            if (!isRequired && some is { } written)
            {
                builder.Empty(written, after);
            }

            (none, some) = (isRequired ? null : none, after);
        }

        int? more = null;
        if (takesOthers)
        {
            int key = Before(none, some);
            more = Other(key, members.Select(static member => member.Name), others);
            builder.Empty(json.Space(builder.Literal(more.Value, ","u8)), key);
        }

        foreach (int? last in (int?[])[none, some, more])
        {
            if (last is { } at)
            {
                builder.Bytes(json.Space(at), (byte)'}', (byte)'}', end);
            }
        }

        return end;
    }

    private int Before(int? none, int? some)
    {
        int at = builder.Node();
        if (none is { } first)
        {
            builder.Empty(json.Space(first), at);
        }

        if (some is { } later)
        {
            builder.Empty(json.Space(builder.Literal(later, ","u8)), at);
        }

        return at;
    }

    private int Map(int from, SchemaNode node, IReadOnlyList<SchemaPart>? others)
    {
        if (node.MaxProperties < node.MinProperties)
        {
            throw node.Place.Fail("no object has as few members as 'maxProperties' and as many as 'minProperties' ask for");
        }

        int end = builder.Node(), open = builder.Literal(from, "{"u8), member = builder.Rule(start => Other(start, [], others));
        if (node.MinProperties == 0)
        {
            builder.Bytes(json.Space(open), (byte)'}', (byte)'}', end);
        }

        if (node.MaxProperties is null or > 0)
        {
            int first = builder.Call(json.Space(open), member);
            int last = builder.Repeat(first, Math.Max(node.MinProperties - 1, 0), node.MaxProperties - 1, start => builder.Call(json.Space(builder.Literal(start, ","u8)), member));
            builder.Bytes(json.Space(last), (byte)'}', (byte)'}', end);
        }

        return end;
    }

    /// <summary>A member of another name, without escapes.</summary>
    private int Other(int from, IEnumerable<string> names, IReadOnlyList<SchemaPart>? schemas)
    {
        int value = json.Colon(json.Close(Except(builder.Literal(from, "\""u8), [.. names.Select(static name => name.EnumerateRunes().ToArray())], 0)));
        return schemas is null ? json.Value(value) : emit(value, schemas);
    }

    /// <summary>Any text without escapes that is none of some, the first characters of which are written already.</summary>
    private int Except(int from, List<Rune[]> names, int written)
    {
        int end = builder.Node();
        ILookup<int, Rune[]> next = names.Where(name => name.Length > written).ToLookup(name => name[written].Value);
        CodePoints others = JsonCharacters.Plain.Intersect(CodePoints.Of(next.Select(static group => (group.Key, group.Key))).Negate());
        int free = json.Characters.Emit(from, others);
        builder.Empty(builder.Repeat(free, 0, null, start => json.Characters.Emit(start, JsonCharacters.Plain)), end);
        if (names.TrueForAll(name => name.Length != written))
        {
            builder.Empty(from, end);
        }

        foreach (IGrouping<int, Rune[]> group in next.Where(static group => JsonCharacters.Plain.Contains(group.Key)))
        {
            int child = json.Characters.Emit(from, CodePoints.Of((group.Key, group.Key)));
            builder.Empty(Except(child, [.. group], written + 1), end);
        }

        return end;
    }
}
