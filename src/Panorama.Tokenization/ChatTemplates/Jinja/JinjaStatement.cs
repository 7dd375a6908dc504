namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Something that is done.</summary>
/// <param name="Position">Where in the template it stands.</param>
internal abstract record JinjaStatement(int Position)
{
    /// <summary>Text of the template.</summary>
    internal sealed record Data(int Position, JinjaText Text) : JinjaStatement(Position);

    /// <summary><c>{{ … }}</c>.</summary>
    internal sealed record Print(int Position, JinjaExpression Value) : JinjaStatement(Position);

    /// <summary><c>if</c> with its <c>elif</c> and <c>else</c>; the last has no condition.</summary>
    internal sealed record If(int Position, IReadOnlyList<(JinjaExpression? Condition, IReadOnlyList<JinjaStatement> Body)> Branches) : JinjaStatement(Position);

    /// <summary><c>for</c>.</summary>
    internal sealed record For(int Position, JinjaTarget Target, JinjaExpression Items, JinjaExpression? Condition, IReadOnlyList<JinjaStatement> Body, IReadOnlyList<JinjaStatement> Otherwise) : JinjaStatement(Position);

    /// <summary><c>break</c>.</summary>
    internal sealed record Break(int Position) : JinjaStatement(Position);

    /// <summary><c>continue</c>.</summary>
    internal sealed record Continue(int Position) : JinjaStatement(Position);

    /// <summary><c>set a = …</c>.</summary>
    internal sealed record Set(int Position, JinjaTarget Target, JinjaExpression Value) : JinjaStatement(Position);

    /// <summary><c>set a</c> … <c>endset</c>, through filters if any.</summary>
    internal sealed record SetBlock(int Position, JinjaTarget Target, JinjaExpression.Filter? Filter, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(Position);

    /// <summary><c>macro</c>.</summary>
    internal sealed record Macro(int Position, string Name, JinjaParameters Parameters, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(Position);

    /// <summary><c>call</c>: calls a macro that may call the body back.</summary>
    internal sealed record Call(int Position, JinjaExpression.Call Target, JinjaParameters Parameters, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(Position);

    /// <summary><c>filter</c> … <c>endfilter</c>.</summary>
    internal sealed record FilterBlock(int Position, JinjaExpression.Filter Filter, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(Position);

    /// <summary><c>with</c>: variables for a block.</summary>
    internal sealed record With(int Position, IReadOnlyList<(JinjaTarget Target, JinjaExpression Value)> Values, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(Position);

    /// <summary><c>generation</c>: what the assistant is to learn.</summary>
    internal sealed record Generation(int Position, IReadOnlyList<JinjaStatement> Body) : JinjaStatement(Position);
}

/// <summary>What a value is given to: a name, an attribute of a namespace, or several targets that take a list apart.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Name">The name, or that of the namespace.</param>
/// <param name="Attribute">The attribute, or null.</param>
/// <param name="Parts">The targets of a list, or null.</param>
internal sealed record JinjaTarget(int Position, string Name, string? Attribute = null, IReadOnlyList<JinjaTarget>? Parts = null);

/// <summary>The parameters of a macro.</summary>
/// <param name="Names">In order.</param>
/// <param name="Defaults">For each, its default or null.</param>
internal sealed record JinjaParameters(IReadOnlyList<string> Names, IReadOnlyList<JinjaExpression?> Defaults)
{
    /// <summary>None.</summary>
    public static JinjaParameters None { get; } = new([], []);
}
