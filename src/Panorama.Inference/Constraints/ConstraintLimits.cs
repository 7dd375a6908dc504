namespace Panorama.Inference.Constraints;

/// <summary>What a constraint may use up. Schemas and expressions come with requests: none of these depends on their good will.</summary>
public sealed record ConstraintLimits
{
    /// <summary>Longest regular expression, or schema as text, in characters.</summary>
    public int TextLength { get; init; } = 1 << 18;

    /// <summary>Most states of the automaton before it is made deterministic.</summary>
    public int Nodes { get; init; } = 1 << 18;

    /// <summary>Deepest nesting of schemas, groups of expressions and generated JSON.</summary>
    public int Depth { get; init; } = 64;

    /// <summary>Most deterministic states kept at once; older ones are made again when needed.</summary>
    public int States { get; init; } = 1 << 14;

    /// <summary>Most places that the automaton may be in at once: bounds the work of a byte.</summary>
    public int Places { get; init; } = 1 << 12;

    /// <summary>Most memory of token masks kept at once, in bytes.</summary>
    public long MaskBytes { get; init; } = 32L << 20;
}
