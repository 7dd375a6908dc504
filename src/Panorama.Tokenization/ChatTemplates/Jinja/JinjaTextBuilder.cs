using System.Text;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Joins texts and their origins, up to the longest text allowed.</summary>
/// <param name="run">Bounds the length and counts the work.</param>
internal sealed class JinjaTextBuilder(JinjaRun run)
{
    private readonly StringBuilder _text = new();
    private readonly List<TextRun> _runs = [];

    /// <summary>How many characters there are.</summary>
    public int Length => _text.Length;

    /// <summary>Appends a text.</summary>
    public JinjaTextBuilder Append(JinjaText text) => Append(text, 0, text.Length);

    /// <summary>Appends a part of a text.</summary>
    public JinjaTextBuilder Append(JinjaText text, int start, int length)
    {
        run.ChargeText(_text.Length, length);
        _text.Append(text.Value, start, length);
        text.ForEachRun(start, length, Add);
        return this;
    }

    /// <summary>Appends characters of one origin.</summary>
    public JinjaTextBuilder Append(string text, int origin)
    {
        run.ChargeText(_text.Length, text.Length);
        _text.Append(text);
        Add(new TextRun(text.Length, origin));
        return this;
    }

    /// <summary>The whole.</summary>
    public JinjaText ToText() => JinjaText.Of(_text.ToString(), _runs);

    private void Add(TextRun added)
    {
        if (added.Length == 0) return;
        if (_runs.Count > 0 && _runs[^1].Origin == added.Origin) _runs[^1] = added with { Length = _runs[^1].Length + added.Length };
        else _runs.Add(added);
    }
}
