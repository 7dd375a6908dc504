namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Methods of strings, as Python's <c>str</c> has them.</summary>
internal static class TextMethods
{
    private static readonly Dictionary<string, Func<JinjaText, JinjaArguments, JinjaValue>> Methods = new(StringComparer.Ordinal)
    {
        ["strip"] = static (text, a) => Strip(text, a, start: true, end: true),
        ["lstrip"] = static (text, a) => Strip(text, a, start: true, end: false),
        ["rstrip"] = static (text, a) => Strip(text, a, start: false, end: true),
        ["split"] = static (text, a) => TextSplitting.Split(text, a, fromEnd: false),
        ["rsplit"] = static (text, a) => TextSplitting.Split(text, a, fromEnd: true),
        ["splitlines"] = static (text, a) => TextSplitting.Lines(text, a),
        ["partition"] = static (text, a) => TextSplitting.Partition(text, a, fromEnd: false),
        ["rpartition"] = static (text, a) => TextSplitting.Partition(text, a, fromEnd: true),
        ["startswith"] = static (text, a) => JinjaBool.Of(AnyOf(a, part => text.Value.StartsWith(part, StringComparison.Ordinal))),
        ["endswith"] = static (text, a) => JinjaBool.Of(AnyOf(a, part => text.Value.EndsWith(part, StringComparison.Ordinal))),
        ["removeprefix"] = static (text, a) => a.RequiredText(0, "prefix") is var part && text.Value.StartsWith(part.Value, StringComparison.Ordinal) ? text.Slice(part.Length, text.Length - part.Length) : text,
        ["removesuffix"] = static (text, a) => a.RequiredText(0, "suffix") is var part && text.Value.EndsWith(part.Value, StringComparison.Ordinal) ? text.Slice(0, text.Length - part.Length) : text,
        ["replace"] = static (text, a) => Replace(text, a.RequiredText(0, "old"), a.RequiredText(1, "new"), a.Integer(2, "count") ?? -1, a.Run),
        ["find"] = static (text, a) => Find(text, a, fromEnd: false),
        ["rfind"] = static (text, a) => Find(text, a, fromEnd: true),
        ["index"] = static (text, a) => Find(text, a, fromEnd: false) is { Value: >= 0 } found ? found : throw a.Run.Fail("the string does not hold what 'index' looks for"),
        ["count"] = static (text, a) => a.RequiredText(0, "sub") is { Length: > 0 } part ? new JinjaInt(Occurrences(text.Value, part.Value)) : new JinjaInt(PythonText.Count(text.Value) + 1),
        ["upper"] = static (text, _) => text.Mapped(text.Value.ToUpperInvariant()),
        ["lower"] = static (text, _) => text.Mapped(text.Value.ToLowerInvariant()),
        ["title"] = static (text, _) => text.Mapped(PythonText.Title(text.Value)),
        ["capitalize"] = static (text, _) => text.Mapped(PythonText.Capitalize(text.Value)),
        ["join"] = static (text, a) => Join(text, JinjaMembers.Items(a.Required(0, "iterable"), a.Run), a.Run, convert: false),
        ["format"] = static (text, a) => PercentFormat.Braces(text, a),
        ["isdigit"] = static (text, _) => All(text, char.IsDigit),
        ["isnumeric"] = static (text, _) => All(text, char.IsNumber),
        ["isdecimal"] = static (text, _) => All(text, char.IsDigit),
        ["isalpha"] = static (text, _) => All(text, char.IsLetter),
        ["isalnum"] = static (text, _) => All(text, static c => char.IsLetter(c) || char.IsNumber(c)),
        ["isspace"] = static (text, _) => All(text, PythonText.IsSpace),
        ["isupper"] = static (text, _) => JinjaBool.Of(text.Value.Any(char.IsUpper) && !text.Value.Any(char.IsLower)),
        ["islower"] = static (text, _) => JinjaBool.Of(text.Value.Any(char.IsLower) && !text.Value.Any(char.IsUpper)),
        ["zfill"] = static (text, a) => Pad(text, a, '0'),
        ["ljust"] = static (text, a) => Pad(text, a, null),
        ["rjust"] = static (text, a) => Pad(text, a, ' '),
    };

    /// <summary>A method of a text, or null.</summary>
    public static JinjaCallable? Find(JinjaText text, string name) =>
        Methods.TryGetValue(name, out Func<JinjaText, JinjaArguments, JinjaValue>? method) ? new JinjaCallable(name, arguments => method(text, arguments)) : null;

    /// <summary>Joins values with a text between; the filter <c>join</c> writes what is no text as text.</summary>
    public static JinjaText Join(JinjaText separator, IReadOnlyList<JinjaValue> items, JinjaRun run, bool convert)
    {
        var joined = new JinjaTextBuilder(run);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) joined.Append(separator);
            if (items[i] is not JinjaText && !convert) throw run.Fail($"'join' needs strings, not {items[i].TypeName}");
            joined.Append(PythonFormat.Str(items[i], run));
        }

        return joined.ToText();
    }

    /// <summary>Replaces a part, from the left, at most so many times; −1: always.</summary>
    public static JinjaText Replace(JinjaText text, JinjaText old, JinjaText @new, long count, JinjaRun run)
    {
        var replaced = new JinjaTextBuilder(run);
        int from = 0;
        if (old.Length == 0)
        {
            // Between any two characters and at both ends, as Python does it.
            for (; count != 0 && from < text.Length; count--)
            {
                int length = from + 1 < text.Length && char.IsSurrogatePair(text.Value[from], text.Value[from + 1]) ? 2 : 1;
                replaced.Append(@new).Append(text, from, length);
                from += length;
            }

            return count == 0 ? replaced.Append(text, from, text.Length - from).ToText() : replaced.Append(@new).ToText();
        }

        for (int at; count != 0 && (at = text.Value.IndexOf(old.Value, from, StringComparison.Ordinal)) >= 0; count--)
        {
            replaced.Append(text, from, at - from).Append(@new);
            from = at + old.Length;
        }

        return from == 0 ? text : replaced.Append(text, from, text.Length - from).ToText();
    }

    /// <summary>Strips characters, white space unless named.</summary>
    public static JinjaText Strip(JinjaText text, JinjaArguments arguments, bool start, bool end) => arguments.Text(0, "chars") is { } chars
        ? text.Trim(c => chars.Value.Contains(c, StringComparison.Ordinal), start, end)
        : text.Trim(PythonText.IsSpace, start, end);

    private static bool AnyOf(JinjaArguments arguments, Func<string, bool> holds) => arguments.Required(0, "prefix") switch
    {
        JinjaText part => holds(part.Value),
        JinjaList { IsTuple: true } parts => parts.Items.Any(part => holds((part as JinjaText)?.Value ?? throw arguments.Run.Fail($"a string is needed, not {part.TypeName}"))),
        var other => throw arguments.Run.Fail(other is JinjaUndefined missing ? missing.What : $"a string is needed, not {other.TypeName}"),
    };

    private static JinjaInt Find(JinjaText text, JinjaArguments arguments, bool fromEnd)
    {
        arguments.Allow(1, "sub");
        string part = arguments.RequiredText(0, "sub").Value;
        int at = fromEnd ? text.Value.LastIndexOf(part, StringComparison.Ordinal) : text.Value.IndexOf(part, StringComparison.Ordinal);
        return new JinjaInt(at < 0 ? -1 : PythonText.Count(text.Value[..at]));
    }

    private static int Occurrences(string text, string part)
    {
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length) count++;
        return count;
    }

    private static JinjaBool All(JinjaText text, Func<char, bool> holds) => JinjaBool.Of(text.Length > 0 && text.Value.All(holds));

    // zfill pads behind a sign; null pads on the right
    private static JinjaText Pad(JinjaText text, JinjaArguments arguments, char? left)
    {
        long width = arguments.Integer(0, "width") ?? throw arguments.Run.Fail("the width is missing");
        string fill = arguments.Text(1, "fillchar")?.Value ?? (left ?? ' ').ToString();
        long missing = width - PythonText.Count(text.Value);
        if (missing <= 0) return text;
        arguments.Run.ChargeText(text.Length, missing);
        string padding = string.Concat(Enumerable.Repeat(fill, (int)missing));
        int sign = left == '0' && text.Length > 0 && text.Value[0] is '+' or '-' ? 1 : 0;
        var padded = new JinjaTextBuilder(arguments.Run);
        if (left is null) return padded.Append(text).Append(padding, Origin.Unknown).ToText();
        return padded.Append(text, 0, sign).Append(padding, Origin.Unknown).Append(text, sign, text.Length - sign).ToText();
    }
}
