namespace Panorama.Inference.Constraints.Schemas;

/// <summary>Emits numbers.</summary>
internal sealed class NumberSchemas(GrammarBuilder builder, JsonGrammar json)
{
    // Where a range is given, numbers have as many decimals as its bounds, and up to 6 in any case.
    private const int UsualDecimals = 6, MostDecimals = 12;
    private readonly NumberRanges _ranges = new(builder);
    private readonly Dictionary<(NumberRange, bool), int> _rules = [];

    /// <summary>Emits the numbers of a schema.</summary>
    public int Emit(int from, SchemaNode node, JsonTypes types)
    {
        bool fractions = types.HasFlag(JsonTypes.Fraction);
        NumberRange range = node.Range;
        if (range.IsOpen)
        {
            return fractions ? json.AnyNumber(from) : json.AnyInteger(from);
        }

        int decimals = fractions ? Math.Clamp(Math.Max(Decimals(range.Least), Decimals(range.Most)), UsualDecimals, MostDecimals) : 0;
        if (!Enumerable.Range(0, decimals + 1).Any(d => range.Units(d) is var units && units.Least <= units.Most))
        {
            throw node.Place.Fail("no number lies between the bounds");
        }

        if (!_rules.TryGetValue((range, fractions), out int rule))
        {
            rule = builder.Rule(start =>
            {
                int end = builder.Node();
                for (int d = 0; d <= decimals; d++)
                {
                    (long least, long most) = range.Units(d);
                    _ranges.Scaled(start, least, most, d, end);
                }

                return end;
            });
            _rules.Add((range, fractions), rule);
        }

        return builder.Call(from, rule);
    }

    private static int Decimals(decimal? bound) => bound is { } number ? (number / 1.0000000000000000000000000000m).Scale : 0;
}
