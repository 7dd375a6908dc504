namespace Panorama.Inference.Constraints;

/// <summary>A part of a regular expression.</summary>
internal abstract record RegexNode
{
    /// <summary>One character of a set.</summary>
    internal sealed record Character(CodePoints Set) : RegexNode;

    /// <summary>Parts one after the other; without any, the empty text.</summary>
    internal sealed record Sequence(IReadOnlyList<RegexNode> Parts) : RegexNode;

    /// <summary>One of several parts.</summary>
    internal sealed record Choice(IReadOnlyList<RegexNode> Parts) : RegexNode;

    /// <summary>A part several times; <c>Most</c> is null without a limit.</summary>
    internal sealed record Repeat(RegexNode Part, int Least, int? Most) : RegexNode;

    /// <summary><c>^</c>, or <c>$</c>.</summary>
    internal sealed record Anchor(bool IsStart) : RegexNode;
}
