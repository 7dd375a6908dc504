namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Something that has a value.</summary>
/// <param name="Position">Where in the template it stands.</param>
internal abstract record JinjaExpression(int Position)
{
    /// <summary>A value written out.</summary>
    internal sealed record Literal(int Position, JinjaValue Value) : JinjaExpression(Position);

    /// <summary>A variable.</summary>
    internal sealed record Name(int Position, string Text) : JinjaExpression(Position);

    /// <summary>A list or a tuple.</summary>
    internal sealed record Items(int Position, IReadOnlyList<JinjaExpression> Parts, bool IsTuple) : JinjaExpression(Position);

    /// <summary>A dictionary.</summary>
    internal sealed record Dictionary(int Position, IReadOnlyList<(JinjaExpression Key, JinjaExpression Value)> Parts) : JinjaExpression(Position);

    /// <summary><c>a.b</c>.</summary>
    internal sealed record Attribute(int Position, JinjaExpression Target, string Text) : JinjaExpression(Position);

    /// <summary><c>a[b]</c>.</summary>
    internal sealed record Item(int Position, JinjaExpression Target, JinjaExpression Index) : JinjaExpression(Position);

    /// <summary><c>a[b:c:d]</c>.</summary>
    internal sealed record Slice(int Position, JinjaExpression Target, JinjaExpression? Start, JinjaExpression? Stop, JinjaExpression? Step) : JinjaExpression(Position);

    /// <summary><c>a(…)</c>.</summary>
    internal sealed record Call(int Position, JinjaExpression Target, JinjaCallArguments Arguments) : JinjaExpression(Position);

    /// <summary><c>a | b(…)</c>; without a target what the block around gives.</summary>
    internal sealed record Filter(int Position, JinjaExpression? Target, string Text, JinjaCallArguments Arguments) : JinjaExpression(Position);

    /// <summary><c>a is b</c>, <c>a is not b</c>.</summary>
    internal sealed record Test(int Position, JinjaExpression Target, string Text, JinjaCallArguments Arguments, bool Negated) : JinjaExpression(Position);

    /// <summary><c>not a</c>, <c>-a</c>, <c>+a</c>.</summary>
    internal sealed record Unary(int Position, string Sign, JinjaExpression Target) : JinjaExpression(Position);

    /// <summary>Arithmetic.</summary>
    internal sealed record Binary(int Position, string Sign, JinjaExpression Left, JinjaExpression Right) : JinjaExpression(Position);

    /// <summary><c>a and b and c</c>, or with <c>or</c>.</summary>
    internal sealed record Logical(int Position, bool IsAnd, IReadOnlyList<JinjaExpression> Parts) : JinjaExpression(Position);

    /// <summary><c>a &lt; b &lt;= c</c>, <c>a in b</c>.</summary>
    internal sealed record Comparison(int Position, JinjaExpression First, IReadOnlyList<(string Sign, JinjaExpression Right)> Rest) : JinjaExpression(Position);

    /// <summary><c>a ~ b ~ c</c>.</summary>
    internal sealed record Concatenation(int Position, IReadOnlyList<JinjaExpression> Parts) : JinjaExpression(Position);

    /// <summary><c>a if b else c</c>.</summary>
    internal sealed record Conditional(int Position, JinjaExpression Condition, JinjaExpression Then, JinjaExpression? Otherwise) : JinjaExpression(Position);
}

/// <summary>The arguments of a call as written.</summary>
/// <param name="Positional">In order.</param>
/// <param name="Named">By name.</param>
/// <param name="Spread"><c>*list</c>, or null.</param>
/// <param name="SpreadNamed"><c>**dict</c>, or null.</param>
internal sealed record JinjaCallArguments(IReadOnlyList<JinjaExpression> Positional, IReadOnlyList<(string Name, JinjaExpression Value)> Named, JinjaExpression? Spread = null, JinjaExpression? SpreadNamed = null)
{
    /// <summary>None.</summary>
    public static JinjaCallArguments None { get; } = new([], []);
}
