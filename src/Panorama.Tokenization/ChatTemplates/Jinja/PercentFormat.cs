namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Texts with places to fill: <c>'…%s…' % values</c> and <c>'…{}…'.format(values)</c>, without widths and other formats.</summary>
internal static class PercentFormat
{
    /// <summary><c>text % values</c>: <c>%s</c>, <c>%d</c> and <c>%%</c>.</summary>
    public static JinjaText Format(JinjaText text, JinjaValue values, JinjaRun run)
    {
        IReadOnlyList<JinjaValue> parts = values is JinjaList { IsTuple: true } tuple ? tuple.Items : [values];
        var filled = new JinjaTextBuilder(run);
        int used = 0, from = 0;
        for (int at; (at = text.Value.IndexOf('%', from)) >= 0; from = at + 2)
        {
            filled.Append(text, from, at - from);
            char kind = at + 1 < text.Length ? text.Value[at + 1] : '\0';
            if (kind == '%')
            {
                filled.Append(text, at, 1);
                continue;
            }

            if (kind is not ('s' or 'd')) throw run.Fail($"the format '%{kind}' is not supported; supported: %s, %d, %%");
            if (used == parts.Count) throw run.Fail("there are fewer values than places in the format");
            JinjaValue part = parts[used++];
            if (kind == 'd') part = JinjaEquality.TryNumber(part, out double number) ? (part is JinjaFloat ? new JinjaInt((long)number) : part) : throw run.Fail($"%d needs a number, not {part.TypeName}");
            filled.Append(PythonFormat.Str(part, run));
        }

        if (used < parts.Count) throw run.Fail("there are more values than places in the format");
        return filled.Append(text, from, text.Length - from).ToText();
    }

    /// <summary><c>text.format(…)</c>: <c>{}</c>, <c>{0}</c>, <c>{name}</c>, <c>{{</c> and <c>}}</c>.</summary>
    public static JinjaText Braces(JinjaText text, JinjaArguments arguments)
    {
        var filled = new JinjaTextBuilder(arguments.Run);
        int next = 0, from = 0;
        for (int at; (at = text.Value.AsSpan(from).IndexOfAny('{', '}')) >= 0;)
        {
            filled.Append(text, from, at);
            at += from;
            if (at + 1 < text.Length && text.Value[at + 1] == text.Value[at])
            {
                filled.Append(text, at, 1);
                from = at + 2;
                continue;
            }

            int end = text.Value[at] == '{' ? text.Value.IndexOf('}', at) : -1;
            if (end < 0) throw arguments.Run.Fail("a brace in the format has no partner");
            string field = text.Value[(at + 1)..end];
            JinjaValue? value = field.Length == 0 ? arguments.Positional.ElementAtOrDefault(next++)
                : field.All(char.IsAsciiDigit) && field.Length < 4 ? arguments.Positional.ElementAtOrDefault(int.Parse(field, System.Globalization.CultureInfo.InvariantCulture))
                : arguments.Named.GetValueOrDefault(field);
            if (value is null) throw arguments.Run.Fail(field.AsSpan().IndexOfAny(":!.[") >= 0 ? $"the format '{{{field}}}' is not supported; supported: {{}}, {{0}}, {{name}}" : $"there is no value for '{{{field}}}'");
            filled.Append(PythonFormat.Str(value, arguments.Run));
            from = end + 1;
        }

        return filled.Append(text, from, text.Length - from).ToText();
    }
}
