namespace Panorama.Inference.Constraints.Schemas;

/// <summary>Emits strings.</summary>
internal sealed class StringSchemas(GrammarBuilder builder, JsonGrammar json)
{
    /// <summary>Emits the strings of a schema.</summary>
    public int Emit(int from, SchemaNode node)
    {
        bool isBounded = node.MinLength > 0 || node.MaxLength is not null;
        if (node.MaxLength < node.MinLength)
        {
            throw node.Place.Fail("no string is as short as 'maxLength' and as long as 'minLength' ask for");
        }

        string? expression = node.Format is null ? null : StringFormats.Find(node.Format);
        if (node.Patterns.Count + (expression is null ? 0 : 1) + (isBounded ? 1 : 0) > 1)
        {
            throw node.Place.Fail("several of 'pattern', 'format' and a length together are not supported");
        }

        if (expression is null && node.Patterns.Count == 0)
        {
            return isBounded ? json.String(from, node.MinLength, node.MaxLength) : json.String(from);
        }

        RegexNode parsed = RegexParser.Parse(expression ?? node.Patterns[0], builder.Limits);
        return json.String(from, RegexAnchors.Whole(parsed, searches: expression is null));
    }
}
