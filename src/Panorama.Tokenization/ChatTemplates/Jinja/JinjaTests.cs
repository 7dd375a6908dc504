namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Tests: what may stand behind <c>is</c>, and be named to <c>select</c>.</summary>
internal static class JinjaTests
{
    private static readonly Dictionary<string, Func<JinjaArguments, bool>> Tests = new(StringComparer.Ordinal)
    {
        ["defined"] = static a => Value(a) is not JinjaUndefined,
        ["undefined"] = static a => Value(a) is JinjaUndefined,
        ["none"] = static a => Value(a) is JinjaNone,
        ["string"] = static a => Value(a) is JinjaText,
        ["boolean"] = static a => Value(a) is JinjaBool,
        ["true"] = static a => Value(a) is JinjaBool { Value: true },
        ["false"] = static a => Value(a) is JinjaBool { Value: false },
        ["number"] = static a => JinjaEquality.TryNumber(Value(a), out _),
        ["integer"] = static a => Value(a) is JinjaInt or JinjaLargeInt,
        ["float"] = static a => Value(a) is JinjaFloat,
        ["mapping"] = static a => Value(a) is JinjaDict,
        ["sequence"] = static a => Value(a) is JinjaText or JinjaList or JinjaDict or JinjaUndefined,
        ["iterable"] = static a => Value(a) is JinjaText or JinjaList or JinjaDict or JinjaUndefined or JinjaLoop,
        ["callable"] = static a => Value(a) is JinjaCallable,
        ["odd"] = static a => Remainder(a, 2) == 1,
        ["even"] = static a => Remainder(a, 2) == 0,
        ["divisibleby"] = static a => Remainder(a, a.Integer(1, "num") is { } by and not 0 ? by : throw a.Run.Fail("'divisibleby' needs a number other than 0")) == 0,
        ["upper"] = static a => Cased(a, char.IsUpper, char.IsLower),
        ["lower"] = static a => Cased(a, char.IsLower, char.IsUpper),
        ["in"] = static a => JinjaOperators.Contains(a.Required(1, "seq"), Value(a), a.Run),
        ["sameas"] = static a => ReferenceEquals(Value(a), a.Required(1, "other")) || (Value(a) is JinjaBool or JinjaNone && JinjaEquality.AreEqual(Value(a), a.Required(1, "other"), a.Run) && Value(a).GetType() == a.Required(1, "other").GetType()),
        ["filter"] = static a => Value(a) is JinjaText name && JinjaFilters.Exists(name.Value),
        ["test"] = static a => Value(a) is JinjaText name && Exists(name.Value),
        ["eq"] = static a => Compare("==", a),
        ["equalto"] = static a => Compare("==", a),
        ["=="] = static a => Compare("==", a),
        ["ne"] = static a => Compare("!=", a),
        ["!="] = static a => Compare("!=", a),
        ["lt"] = static a => Compare("<", a),
        ["lessthan"] = static a => Compare("<", a),
        ["<"] = static a => Compare("<", a),
        ["le"] = static a => Compare("<=", a),
        ["<="] = static a => Compare("<=", a),
        ["gt"] = static a => Compare(">", a),
        ["greaterthan"] = static a => Compare(">", a),
        [">"] = static a => Compare(">", a),
        ["ge"] = static a => Compare(">=", a),
        [">="] = static a => Compare(">=", a),
    };

    /// <summary>Whether there is a test of that name.</summary>
    public static bool Exists(string name) => Tests.ContainsKey(name);

    /// <summary>Whether a test holds for the first argument.</summary>
    /// <exception cref="JinjaException">There is no such test, or the value does not suit it.</exception>
    public static bool Holds(string name, JinjaArguments arguments) => Tests.TryGetValue(name, out Func<JinjaArguments, bool>? test)
        ? test(arguments)
        : throw arguments.Run.Fail($"the test '{name}' is not supported; supported: {string.Join(", ", Tests.Keys.Where(static n => char.IsLetter(n[0])).Order(StringComparer.Ordinal))}");

    private static JinjaValue Value(JinjaArguments arguments) => arguments.Positional[0];

    private static double Remainder(JinjaArguments arguments, long by)
    {
        if (JinjaEquality.TryInteger(Value(arguments), out long integer)) return by == -1 ? 0 : ((integer % by) + by) % by;
        return JinjaEquality.TryNumber(Value(arguments), out double number) ? number - (Math.Floor(number / by) * by) : throw arguments.Run.Fail($"a number is needed, not {Value(arguments).TypeName}");
    }

    private static bool Cased(JinjaArguments arguments, Func<char, bool> wanted, Func<char, bool> other)
    {
        string text = PythonFormat.Str(Value(arguments), arguments.Run).Value;
        return text.Any(wanted) && !text.Any(other);
    }

    private static bool Compare(string sign, JinjaArguments arguments) => JinjaOperators.Compare(sign, Value(arguments), arguments.Required(1, "other"), arguments.Run);
}
