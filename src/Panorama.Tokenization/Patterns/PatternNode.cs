namespace Panorama.Tokenization.Patterns;

/// <summary>A part of a regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    internal sealed record One(CharSet Set) : PatternNode;

    /// <summary>Parts one after the other.</summary>
    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first part that leads to a match.</summary>
    internal sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>A part several times; <c>Most</c> is <see cref="int.MaxValue"/> without a limit.</summary>
    internal sealed record Repeat(PatternNode Part, int Least, int Most, bool Greedy) : PatternNode;

    /// <summary>A part whose first match stands: <c>(?&gt;…)</c> and possessive repeats.</summary>
    internal sealed record Atomic(PatternNode Part) : PatternNode;

    /// <summary><c>(?=…)</c> and <c>(?!…)</c>.</summary>
    internal sealed record LookAhead(PatternNode Part, bool Negative) : PatternNode;

    /// <summary><c>(?&lt;=[…])</c> and <c>(?&lt;![…])</c> of one character.</summary>
    internal sealed record LookBehind(CharSet Set, bool Negative) : PatternNode;

    /// <summary>A place between characters.</summary>
    internal sealed record At(PatternPlace Place) : PatternNode;
}

/// <summary>Places between characters.</summary>
internal enum PatternPlace
{
    /// <summary><c>\A</c>.</summary>
    TextStart,

    /// <summary><c>\z</c>.</summary>
    TextEnd,

    /// <summary><c>\Z</c>: the end, or before a line feed that ends the text.</summary>
    LastLineEnd,

    /// <summary><c>^</c>.</summary>
    LineStart,

    /// <summary><c>$</c>.</summary>
    LineEnd,

    /// <summary><c>\b</c>.</summary>
    WordEdge,

    /// <summary><c>\B</c>.</summary>
    NoWordEdge,
}
