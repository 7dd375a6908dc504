namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>The arguments of a call to a function, a method, a filter or a test.</summary>
/// <param name="run">The rendering: limits, and where it is for errors.</param>
/// <param name="positional">In order.</param>
/// <param name="named">By name, or null for none.</param>
internal sealed class JinjaArguments(JinjaRun run, IReadOnlyList<JinjaValue> positional, IReadOnlyDictionary<string, JinjaValue>? named = null)
{
    private static readonly Dictionary<string, JinjaValue> NoNames = [];

    /// <summary>The rendering.</summary>
    public JinjaRun Run { get; } = run;

    /// <summary>In order.</summary>
    public IReadOnlyList<JinjaValue> Positional { get; } = positional;

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, JinjaValue> Named { get; } = named ?? NoNames;

    /// <summary>An argument by place or name, or null.</summary>
    public JinjaValue? Find(int index, string name) => index < Positional.Count ? Positional[index] : Named.GetValueOrDefault(name);

    /// <summary>An argument that must be there.</summary>
    public JinjaValue Required(int index, string name) => Find(index, name) ?? throw Run.Fail($"the argument '{name}' is missing");

    /// <summary>A text that must be there.</summary>
    public JinjaText RequiredText(int index, string name) => Required(index, name) as JinjaText ?? throw Wrong(name, "a string", Required(index, name));

    /// <summary>A text, or null when missing or none.</summary>
    public JinjaText? Text(int index, string name) => Find(index, name) switch
    {
        null or JinjaNone => null,
        JinjaText text => text,
        var other => throw Wrong(name, "a string", other),
    };

    /// <summary>An integer, or null when missing or none.</summary>
    public long? Integer(int index, string name) => Find(index, name) switch
    {
        null or JinjaNone => null,
        var value => JinjaEquality.TryInteger(value, out long number) ? number : throw Wrong(name, "an integer", value),
    };

    /// <summary>Whether an argument is true; its default when missing.</summary>
    public bool IsTrue(int index, string name, bool otherwise = false) => Find(index, name)?.IsTrue ?? otherwise;

    /// <summary>The same call without its first arguments.</summary>
    public JinjaArguments From(int index) => new(Run, [.. Positional.Skip(index)], Named);

    /// <summary>Refuses arguments that are not known: a setting that is passed over would change the output.</summary>
    /// <param name="count">How many by place.</param>
    /// <param name="names">Those by name.</param>
    public void Allow(int count, params ReadOnlySpan<string> names)
    {
        if (Positional.Count > count) throw Run.Fail($"{Positional.Count} arguments are given, at most {count} are taken");
        foreach (string name in Named.Keys)
            if (names.IndexOf(name) < 0) throw Run.Fail($"the argument '{name}' is not supported");
    }

    private JinjaException Wrong(string name, string wanted, JinjaValue found) => Run.Fail($"the argument '{name}' must be {wanted}, not {found.TypeName}");
}
