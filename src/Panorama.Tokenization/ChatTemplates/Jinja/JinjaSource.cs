using System.Globalization;
using Panorama.Core.IO;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>The text of a template and its name for messages.</summary>
/// <param name="Text">The text, line ends as <c>\n</c>.</param>
/// <param name="Name">Its file, or what else people know it by.</param>
internal sealed record JinjaSource(string Text, string Name)
{
    /// <summary>An error at a place.</summary>
    /// <param name="position">Index in the text.</param>
    /// <param name="what">What is wrong, as the end of a sentence.</param>
    public JinjaException Fail(int position, string what)
    {
        (int line, int column) = Place(position);
        return new JinjaException(string.Create(CultureInfo.InvariantCulture, $"{Name}: chat template, line {line}, column {column}: {what}."), line, column);
    }

    /// <summary>The template refuses the chat.</summary>
    /// <param name="position">Index in the text.</param>
    /// <param name="message">Its words.</param>
    public ChatRefusedException Refuse(int position, string message)
    {
        (int line, int column) = Place(position);
        return new ChatRefusedException(string.Create(CultureInfo.InvariantCulture, $"{Name}: the chat template refuses this chat (line {line}, column {column}): {Shown.Quote(message)}"), line, column);
    }

    private (int Line, int Column) Place(int position)
    {
        ReadOnlySpan<char> before = Text.AsSpan(0, Math.Clamp(position, 0, Text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
