using System.Numerics;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>A value of a template: the data of Python's that templates see. Immutable but for namespaces.</summary>
internal abstract class JinjaValue
{
    /// <summary>What Python calls the type; for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether the value counts as true.</summary>
    public virtual bool IsTrue => true;
}

/// <summary><c>none</c>.</summary>
internal sealed class JinjaNone : JinjaValue
{
    private JinjaNone()
    {
    }

    /// <summary>The one.</summary>
    public static JinjaNone Value { get; } = new();

    /// <inheritdoc/>
    public override string TypeName => "None";

    /// <inheritdoc/>
    public override bool IsTrue => false;
}

/// <summary>What a name or an attribute gives that is not there. Printed as nothing, an empty list to loops, an error to most else.</summary>
/// <param name="what">What is missing, as the beginning of a sentence: <c>'x' is undefined</c>.</param>
internal sealed class JinjaUndefined(string what) : JinjaValue
{
    /// <summary>What is missing.</summary>
    public string What { get; } = what;

    /// <inheritdoc/>
    public override string TypeName => "Undefined";

    /// <inheritdoc/>
    public override bool IsTrue => false;
}

/// <summary>True or false.</summary>
internal sealed class JinjaBool : JinjaValue
{
    private static readonly JinjaBool True = new(true), False = new(false);

    private JinjaBool(bool value) => Value = value;

    /// <summary>Which.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override string TypeName => "bool";

    /// <inheritdoc/>
    public override bool IsTrue => Value;

    /// <summary>The value.</summary>
    public static JinjaBool Of(bool value) => value ? True : False;
}

/// <summary>An integer of 64 bits.</summary>
internal sealed class JinjaInt(long value) : JinjaValue
{
    /// <summary>The number.</summary>
    public long Value { get; } = value;

    /// <inheritdoc/>
    public override string TypeName => "int";

    /// <inheritdoc/>
    public override bool IsTrue => Value != 0;
}

/// <summary>A larger integer from a JSON document: it can be written and compared with itself, not calculated with.</summary>
internal sealed class JinjaLargeInt(BigInteger value) : JinjaValue
{
    /// <summary>The number.</summary>
    public BigInteger Value { get; } = value;

    /// <inheritdoc/>
    public override string TypeName => "int";
}

/// <summary>A floating-point number.</summary>
internal sealed class JinjaFloat(double value) : JinjaValue
{
    /// <summary>The number.</summary>
    public double Value { get; } = value;

    /// <inheritdoc/>
    public override string TypeName => "float";

    /// <inheritdoc/>
    public override bool IsTrue => Value != 0;
}

/// <summary>A list or a tuple.</summary>
/// <param name="items">Its items; not changed afterwards.</param>
/// <param name="isTuple">Whether it is a tuple.</param>
internal sealed class JinjaList(IReadOnlyList<JinjaValue> items, bool isTuple = false) : JinjaValue
{
    /// <summary>Its items.</summary>
    public IReadOnlyList<JinjaValue> Items { get; } = items;

    /// <summary>Whether it is a tuple.</summary>
    public bool IsTuple { get; } = isTuple;

    /// <inheritdoc/>
    public override string TypeName => IsTuple ? "tuple" : "list";

    /// <inheritdoc/>
    public override bool IsTrue => Items.Count > 0;
}

/// <summary>A dictionary in order of insertion.</summary>
/// <param name="items">Its items; not changed afterwards.</param>
internal sealed class JinjaDict(OrderedDictionary<JinjaValue, JinjaValue> items) : JinjaValue
{
    /// <summary>Its items.</summary>
    public OrderedDictionary<JinjaValue, JinjaValue> Items { get; } = items;

    /// <inheritdoc/>
    public override string TypeName => "dict";

    /// <inheritdoc/>
    public override bool IsTrue => Items.Count > 0;

    /// <summary>An empty dictionary to fill.</summary>
    public static OrderedDictionary<JinjaValue, JinjaValue> NewItems() => new(JinjaEquality.Instance);

    /// <summary>The value of a key, or null.</summary>
    public JinjaValue? Find(JinjaValue key) => JinjaEquality.IsHashable(key) && Items.TryGetValue(key, out JinjaValue? value) ? value : null;

    /// <summary>The value of a text key, or null.</summary>
    public JinjaValue? Find(string key) => Find(JinjaText.Of(key));
}

/// <summary>A namespace: the one thing that <c>set</c> can change in place.</summary>
internal sealed class JinjaNamespace : JinjaValue
{
    /// <summary>Its attributes.</summary>
    public Dictionary<string, JinjaValue> Attributes { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string TypeName => "Namespace";
}

/// <summary>Something that can be called: a macro, a method, a global function.</summary>
/// <param name="name">Its name.</param>
/// <param name="invoke">What a call gives.</param>
internal sealed class JinjaCallable(string name, Func<JinjaArguments, JinjaValue> invoke) : JinjaValue
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string TypeName => "function";

    /// <summary>Calls it.</summary>
    public JinjaValue Invoke(JinjaArguments arguments) => invoke(arguments);
}
