using System.Globalization;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Filters: those of Jinja that work on data, and <c>tojson</c> as transformers has it.</summary>
internal static class JinjaFilters
{
    private static readonly Dictionary<string, Func<JinjaArguments, JinjaValue>> Filters = new(StringComparer.Ordinal)
    {
        ["tojson"] = JinjaJson.Write,
        ["string"] = static a => PythonFormat.Str(a.Positional[0], a.Run),
        ["safe"] = static a => PythonFormat.Str(a.Positional[0], a.Run),
        ["trim"] = static a => TextMethods.Strip(Text(a), a.From(1), start: true, end: true),
        ["upper"] = static a => Text(a).Mapped(Text(a).Value.ToUpperInvariant()),
        ["lower"] = static a => Text(a).Mapped(Text(a).Value.ToLowerInvariant()),
        ["title"] = static a => Text(a).Mapped(PythonText.TitleWords(Text(a).Value)),
        ["capitalize"] = static a => Text(a).Mapped(PythonText.Capitalize(Text(a).Value)),
        ["replace"] = static a => TextMethods.Replace(Text(a), PythonFormat.Str(a.Required(1, "old"), a.Run), PythonFormat.Str(a.Required(2, "new"), a.Run), a.Integer(3, "count") ?? -1, a.Run),
        ["indent"] = Indent,
        ["format"] = static a => PercentFormat.Format(Text(a), new JinjaList([.. a.Positional.Skip(1)], isTuple: true), a.Run),
        ["wordcount"] = static a => new JinjaInt(Text(a).Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length),
        ["length"] = Length,
        ["count"] = Length,
        ["default"] = Default,
        ["d"] = Default,
        ["abs"] = static a => a.Positional[0] is JinjaFloat f ? new JinjaFloat(Math.Abs(f.Value)) : new JinjaInt(Math.Abs(a.Integer(0, "value") ?? throw a.Run.Fail("'abs' needs a number"))),
        ["int"] = ToInteger,
        ["float"] = ToFloat,
        ["round"] = Round,
        ["attr"] = static a => JinjaMembers.Attribute(a.Positional[0], a.RequiredText(1, "name").Value, a.Run),
        ["items"] = static a => a.Positional[0] switch
        {
            JinjaDict dict => CollectionMethods.Items(dict, a.Run),
            JinjaUndefined => new JinjaList([]),
            var other => throw a.Run.Fail($"'items' needs a dictionary, not {other.TypeName}"),
        },
    };

    /// <summary>Whether there is a filter of that name.</summary>
    public static bool Exists(string name) => Filters.ContainsKey(name) || CollectionFilters.All.ContainsKey(name);

    /// <summary>Applies a filter to the first argument.</summary>
    /// <exception cref="JinjaException">There is no such filter, or the value does not suit it.</exception>
    public static JinjaValue Apply(string name, JinjaArguments arguments)
    {
        if (Filters.TryGetValue(name, out Func<JinjaArguments, JinjaValue>? filter) || CollectionFilters.All.TryGetValue(name, out filter)) return filter(arguments);
        throw arguments.Run.Fail($"the filter '{name}' is not supported; supported: {string.Join(", ", Filters.Keys.Concat(CollectionFilters.All.Keys).Order(StringComparer.Ordinal))}");
    }

    private static JinjaText Text(JinjaArguments arguments) => PythonFormat.Str(arguments.Positional[0], arguments.Run);

    private static JinjaInt Length(JinjaArguments arguments) => new(JinjaMembers.Count(arguments.Positional[0], arguments.Run));

    private static JinjaValue Default(JinjaArguments arguments)
    {
        JinjaValue value = arguments.Positional[0];
        return value is JinjaUndefined || (arguments.IsTrue(2, "boolean") && !value.IsTrue) ? arguments.Find(1, "default_value") ?? JinjaText.Empty : value;
    }

    private static JinjaText Indent(JinjaArguments arguments)
    {
        arguments.Allow(4, "width", "first", "blank");
        JinjaText text = arguments.RequiredText(0, "text");
        string indent = arguments.Find(1, "width") switch
        {
            null => "    ",
            JinjaText given => given.Value,
            var width => new string(' ', (int)Math.Clamp(JinjaEquality.TryInteger(width, out long count) ? count : throw arguments.Run.Fail("the width of 'indent' must be a string or an integer"), 0, 1000)),
        };
        (bool first, bool blank) = (arguments.IsTrue(2, "first"), arguments.IsTrue(3, "blank"));
        var indented = new JinjaTextBuilder(arguments.Run);
        if (first) indented.Append(indent, Origin.Unknown);
        for (int at = 0, line = 0; at <= text.Length; line++)
        {
            int end = text.Value.IndexOf('\n', at);
            int next = end < 0 ? text.Length + 1 : end + 1;
            if (line > 0 && (blank || (end < 0 ? text.Length : end) > at)) indented.Append(indent, Origin.Unknown);
            indented.Append(text, at, Math.Min(next, text.Length) - at);
            at = next;
        }

        return indented.ToText();
    }

    private static JinjaValue ToInteger(JinjaArguments arguments)
    {
        switch (arguments.Positional[0])
        {
            case JinjaUndefined missing: throw arguments.Run.Fail(missing.What);
            case JinjaFloat f when double.IsFinite(f.Value) && Math.Abs(f.Value) < 9e18: return new JinjaInt((long)f.Value);
            case JinjaText text when long.TryParse(text.Value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed): return new JinjaInt(parsed);
            case JinjaText text when double.TryParse(text.Value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) < 9e18: return new JinjaInt((long)number);
            case var value when JinjaEquality.TryInteger(value, out long integer): return new JinjaInt(integer);
            default: return arguments.Find(1, "default") ?? new JinjaInt(0);
        }
    }

    private static JinjaValue ToFloat(JinjaArguments arguments)
    {
        if (arguments.Positional[0] is JinjaUndefined missing) throw arguments.Run.Fail(missing.What);
        if (JinjaEquality.TryNumber(arguments.Positional[0], out double number)) return new JinjaFloat(number);
        if (arguments.Positional[0] is JinjaText text && double.TryParse(text.Value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out number)) return new JinjaFloat(number);
        return arguments.Find(1, "default") ?? new JinjaFloat(0);
    }

    private static JinjaValue Round(JinjaArguments arguments)
    {
        if (!JinjaEquality.TryNumber(arguments.Positional[0], out double number)) throw arguments.Run.Fail("'round' needs a number");
        double factor = Math.Pow(10, Math.Clamp(arguments.Integer(1, "precision") ?? 0, -300, 300));
        string method = arguments.Text(2, "method")?.Value ?? "common";
        if (method == "common" && factor >= 1 && JinjaEquality.TryInteger(arguments.Positional[0], out long integer)) return new JinjaInt(integer);
        return new JinjaFloat(method switch
        {
            "common" => Math.Round(number * factor, MidpointRounding.ToEven) / factor,
            "ceil" => Math.Ceiling(number * factor) / factor,
            "floor" => Math.Floor(number * factor) / factor,
            _ => throw arguments.Run.Fail("the method of 'round' must be common, ceil or floor"),
        });
    }
}
