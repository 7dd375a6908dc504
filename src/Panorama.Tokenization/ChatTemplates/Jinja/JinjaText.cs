using System.Runtime.InteropServices;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>
/// A text that remembers where each of its characters comes from, through every operation that keeps characters: joining, slicing,
/// stripping, splitting, replacing, changing case, indenting. Text made in other ways (JSON, numbers, representations) has the one
/// origin of everything in it, or <see cref="Origin.Unknown"/>; never <see cref="Origin.Template"/>.
/// </summary>
internal sealed class JinjaText : JinjaValue
{
    private readonly TextRun[]? _runs; // null: all of one origin
    private readonly int _origin;

    private JinjaText(string value, int origin) => (Value, _origin) = (value, origin);

    private JinjaText(string value, TextRun[] runs) => (Value, _runs) = (value, runs);

    /// <summary>No text.</summary>
    public static JinjaText Empty { get; } = new("", Origin.Template);

    /// <summary>The characters.</summary>
    public string Value { get; }

    /// <summary>How many UTF-16 units it has.</summary>
    public int Length => Value.Length;

    /// <inheritdoc/>
    public override string TypeName => "str";

    /// <inheritdoc/>
    public override bool IsTrue => Value.Length > 0;

    /// <summary>The one origin of all characters, or <see cref="Origin.Unknown"/> when there are several.</summary>
    public int CommonOrigin => _runs is null ? _origin : Origin.Unknown;

    /// <summary>The runs of one origin, in order; together as long as the text.</summary>
    public ReadOnlySpan<TextRun> Runs => _runs ?? [new TextRun(Value.Length, _origin)];

    /// <summary>A text of unknown origin.</summary>
    public static JinjaText Of(string value) => new(value, Origin.Unknown);

    /// <summary>A text of one origin.</summary>
    public static JinjaText Of(string value, int origin) => new(value, origin);

    /// <summary>A text of several origins.</summary>
    public static JinjaText Of(string value, IReadOnlyList<TextRun> runs) => runs.Count switch
    {
        0 => Empty,
        1 => new JinjaText(value, runs[0].Origin),
        _ => new JinjaText(value, [.. runs]),
    };

    /// <summary>A part.</summary>
    public JinjaText Slice(int start, int length)
    {
        if (length == Value.Length) return this;
        string part = Value.Substring(start, length);
        if (_runs is null) return new JinjaText(part, _origin);
        var runs = new List<TextRun>();
        ForEachRun(start, length, run => runs.Add(run));
        return Of(part, runs);
    }

    /// <summary>A text of as many characters, each in the place of another: a change of case.</summary>
    /// <param name="value">As long as this text; of unknown origin where it is not.</param>
    public JinjaText Mapped(string value) =>
        value.Length != Value.Length ? Of(value) : _runs is null ? new JinjaText(value, _origin) : new JinjaText(value, _runs);

    /// <summary>The text without some characters at its ends.</summary>
    public JinjaText Trim(Func<char, bool> isTrimmed, bool start = true, bool end = true)
    {
        (int from, int to) = (0, Value.Length);
        while (start && from < to && isTrimmed(Value[from])) from++;
        while (end && to > from && isTrimmed(Value[to - 1])) to--;
        return Slice(from, to - from);
    }

    /// <summary>The runs of a part.</summary>
    public void ForEachRun(int start, int length, Action<TextRun> action)
    {
        int at = 0, end = start + length;
        foreach (TextRun run in Runs)
        {
            int from = Math.Max(at, start), to = Math.Min(at + run.Length, end);
            if (to > from) action(run with { Length = to - from });
            at += run.Length;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Characters of one origin.</summary>
/// <param name="Length">How many.</param>
/// <param name="Origin">Their origin.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextRun(int Length, int Origin);
