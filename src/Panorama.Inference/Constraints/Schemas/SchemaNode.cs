using System.Text.Json;

namespace Panorama.Inference.Constraints.Schemas;

/// <summary>What a value must satisfy: one schema read, or several joined. Parts within it stay lists of schemas that must hold together.</summary>
internal sealed record SchemaNode
{
    /// <summary>Where it stands.</summary>
    public required SchemaPart Place { get; init; }

    /// <summary>The kinds allowed.</summary>
    public JsonTypes Types { get; init; } = JsonTypes.All;

    /// <summary>The kinds named by <c>type</c>, or those that keywords for one kind hint at.</summary>
    public JsonTypes Hints { get; init; }

    /// <summary>The values allowed, or null for no list.</summary>
    public IReadOnlyList<JsonElement>? Values { get; init; }

    /// <summary>Members by name, in order: schemas that must hold together.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<SchemaPart> Schemas)> Properties { get; init; } = [];

    /// <summary>Names of members that must be there.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Schemas of members that are not named; null: not said.</summary>
    public IReadOnlyList<SchemaPart>? AdditionalProperties { get; init; }

    /// <summary>Fewest members.</summary>
    public int MinProperties { get; init; }

    /// <summary>Most members, or null.</summary>
    public int? MaxProperties { get; init; }

    /// <summary>Schemas of the first items.</summary>
    public IReadOnlyList<IReadOnlyList<SchemaPart>> PrefixItems { get; init; } = [];

    /// <summary>Schemas of all further items; null: not said.</summary>
    public IReadOnlyList<SchemaPart>? Items { get; init; }

    /// <summary>Fewest items.</summary>
    public int MinItems { get; init; }

    /// <summary>Most items, or null.</summary>
    public int? MaxItems { get; init; }

    /// <summary>Fewest characters.</summary>
    public int MinLength { get; init; }

    /// <summary>Most characters, or null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Expressions that strings match.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>The format of strings, or null.</summary>
    public string? Format { get; init; }

    /// <summary>The range of numbers.</summary>
    public NumberRange Range { get; init; } = new();

    /// <summary>Choices, each of which must be made: one of its schemas holds; exactly one where <c>Exclusive</c>.</summary>
    public IReadOnlyList<(IReadOnlyList<SchemaPart> Schemas, bool Exclusive)> Choices { get; init; } = [];

    /// <summary>References to follow.</summary>
    public IReadOnlyList<SchemaPart> References { get; init; } = [];

    /// <summary>Whether it is a reference and says nothing else.</summary>
    public bool IsReference => this is { References.Count: 1, Types: JsonTypes.All, Hints: JsonTypes.None, Values: null, Choices.Count: 0 };
}

/// <summary>A range of numbers.</summary>
internal sealed record NumberRange
{
    /// <summary>The lower bound, or null.</summary>
    public decimal? Least { get; init; }

    /// <summary>Whether the lower bound itself is left out.</summary>
    public bool AboveLeast { get; init; }

    /// <summary>The upper bound, or null.</summary>
    public decimal? Most { get; init; }

    /// <summary>Whether the upper bound itself is left out.</summary>
    public bool BelowMost { get; init; }

    /// <summary>Whether there is no bound.</summary>
    public bool IsOpen => Least is null && Most is null;

    /// <summary>What lies in both ranges.</summary>
    public NumberRange Intersect(NumberRange other)
    {
        NumberRange low = other.Least is { } b && (Least is not { } a || b > a || (b == a && other.AboveLeast)) ? other : this;
        NumberRange high = other.Most is { } d && (Most is not { } c || d < c || (d == c && other.BelowMost)) ? other : this;
        return new NumberRange { Least = low.Least, AboveLeast = low.AboveLeast, Most = high.Most, BelowMost = high.BelowMost };
    }

    /// <summary>Whether a number lies in the range.</summary>
    public bool Contains(decimal number) =>
        (Least is not { } least || (AboveLeast ? number > least : number >= least)) && (Most is not { } most || (BelowMost ? number < most : number <= most));

    /// <summary>The bounds as integers of units of 10^−decimals, at most <see cref="NumberRanges.Largest"/>; the first is above the second where there is none.</summary>
    public (long Least, long Most) Units(int decimals)
    {
        decimal unit = 1;
        for (int i = 0; i < decimals; i++)
        {
            unit *= 10;
        }

        decimal limit = NumberRanges.Largest;
        decimal least = -limit, most = limit;
        if (Least is { } low && low > -limit / unit)
        {
            least = low > limit / unit ? limit + 1 : AboveLeast ? decimal.Floor(low * unit) + 1 : decimal.Ceiling(low * unit);
        }

        if (Most is { } high && high < limit / unit)
        {
            most = high < -limit / unit ? -limit - 1 : BelowMost ? decimal.Ceiling(high * unit) - 1 : decimal.Floor(high * unit);
        }

        return ((long)least, (long)most);
    }
}
