namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>The variable <c>loop</c>.</summary>
/// <param name="items">The items of the loop.</param>
/// <param name="depth">How many loops it stands in, itself included.</param>
internal sealed class JinjaLoop(IReadOnlyList<JinjaValue> items, int depth) : JinjaValue
{
    private JinjaValue? _last;

    /// <summary>How many loops it stands in, itself included.</summary>
    public int Depth { get; } = depth;

    /// <summary>The round, from 0.</summary>
    public int Index { get; set; }

    /// <inheritdoc/>
    public override string TypeName => "LoopContext";

    /// <summary>One of its attributes, or null.</summary>
    public JinjaValue? Attribute(string name) => name switch
    {
        "index" => new JinjaInt(Index + 1),
        "index0" => new JinjaInt(Index),
        "revindex" => new JinjaInt(items.Count - Index),
        "revindex0" => new JinjaInt(items.Count - Index - 1),
        "first" => JinjaBool.Of(Index == 0),
        "last" => JinjaBool.Of(Index == items.Count - 1),
        "length" => new JinjaInt(items.Count),
        "depth" => new JinjaInt(Depth),
        "depth0" => new JinjaInt(Depth - 1),
        "previtem" => Index > 0 ? items[Index - 1] : new JinjaUndefined("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new JinjaUndefined("there is no next item"),
        "cycle" => new JinjaCallable(name, Cycle),
        "changed" => new JinjaCallable(name, Changed),
        _ => null,
    };

    private JinjaValue Cycle(JinjaArguments arguments) =>
        arguments.Positional.Count > 0 ? arguments.Positional[Index % arguments.Positional.Count] : throw arguments.Run.Fail("loop.cycle needs values");

    private JinjaBool Changed(JinjaArguments arguments)
    {
        var now = new JinjaList(arguments.Positional, isTuple: true);
        bool changed = _last is null || !JinjaEquality.AreEqual(_last, now, arguments.Run);
        _last = now;
        return JinjaBool.Of(changed);
    }
}
