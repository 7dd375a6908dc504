using Panorama.Core.Errors;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>A template that cannot be read or rendered. The message names the line, the column and what is wrong there.</summary>
/// <param name="message">The whole message.</param>
/// <param name="line">Line of the template, from 1.</param>
/// <param name="column">Column in that line, from 1.</param>
public class JinjaException(string message, int line, int column) : InputException(message)
{
    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>Column in that line, from 1.</summary>
    public int Column { get; } = column;
}

/// <summary>The template itself refuses the chat by <c>raise_exception</c>, for example because roles do not alternate.</summary>
/// <param name="message">The whole message, the template's own words in it.</param>
/// <param name="line">Line of the template, from 1.</param>
/// <param name="column">Column in that line, from 1.</param>
public sealed class ChatRefusedException(string message, int line, int column) : JinjaException(message, line, column);
