namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Variables of a block; those of the blocks around it are seen through it, and stay as they are.</summary>
/// <param name="outer">The block around, or null.</param>
internal sealed class JinjaScope(JinjaScope? outer)
{
    private Dictionary<string, JinjaValue>? _variables;

    /// <summary>The value of a variable, or null.</summary>
    public JinjaValue? Find(string name)
    {
        for (JinjaScope? scope = this; scope is not null; scope = scope.Outer)
            if (scope._variables is not null && scope._variables.TryGetValue(name, out JinjaValue? value)) return value;
        return null;
    }

    /// <summary>Gives a variable of this block a value.</summary>
    public void Set(string name, JinjaValue value) => (_variables ??= new Dictionary<string, JinjaValue>(StringComparer.Ordinal))[name] = value;

    private JinjaScope? Outer { get; } = outer;
}
