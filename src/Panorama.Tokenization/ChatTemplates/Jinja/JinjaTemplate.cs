namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>A parsed template. Immutable; may be rendered by any number of threads.</summary>
internal sealed class JinjaTemplate
{
    private readonly JinjaSource _source;
    private readonly JinjaLimits _limits;
    private readonly IReadOnlyList<JinjaStatement> _statements;

    private JinjaTemplate(JinjaSource source, JinjaLimits limits) =>
        (_source, _limits, _statements) = (source, limits, JinjaParser.Parse(source, limits));

    /// <summary>Parses a template.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="name">Its file, or what else people know it by.</param>
    /// <param name="limits">What a rendering may use up.</param>
    /// <exception cref="JinjaException">It is malformed or has a part that is not supported.</exception>
    public static JinjaTemplate Parse(string text, string name, JinjaLimits? limits = null) => new(new JinjaSource(JinjaLexer.Normalize(text), name), limits ?? new JinjaLimits());

    /// <summary>Renders the template.</summary>
    /// <param name="variables">What it is given.</param>
    /// <param name="now">The time for <c>strftime_now</c>.</param>
    /// <exception cref="JinjaException">The template does something that does not work, takes too much, or refuses the chat.</exception>
    public (JinjaText Text, IReadOnlyList<(int Start, int End)> Generations) Render(IEnumerable<KeyValuePair<string, JinjaValue>> variables, DateTimeOffset now)
    {
        var interpreter = new JinjaInterpreter(new JinjaRun(_source, _limits, now));
        JinjaText text = interpreter.Render(_statements, variables);
        return (text, interpreter.Generations);
    }
}
