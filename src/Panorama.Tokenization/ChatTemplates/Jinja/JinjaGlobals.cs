namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Functions that every template can call.</summary>
internal static class JinjaGlobals
{
    /// <summary>Adds them to the outermost scope.</summary>
    public static void AddTo(JinjaScope scope)
    {
        scope.Set("range", new JinjaCallable("range", Range));
        scope.Set("namespace", new JinjaCallable("namespace", Namespace));
        scope.Set("dict", new JinjaCallable("dict", static a => new JinjaDict(Pairs(a))));
        scope.Set("raise_exception", new JinjaCallable("raise_exception", static a => throw a.Run.Refuse(PythonFormat.Str(a.Required(0, "message"), a.Run).Value)));
        scope.Set("strftime_now", new JinjaCallable("strftime_now", static a => JinjaText.Of(Strftime.Format(a.RequiredText(0, "format").Value, a.Run.Now, a.Run))));
    }

    private static JinjaList Range(JinjaArguments arguments)
    {
        long[] bounds = [.. arguments.Positional.Select((_, i) => arguments.Integer(i, "bound") ?? throw arguments.Run.Fail("'range' needs integers"))];
        if (bounds.Length is 0 or > 3 || arguments.Named.Count > 0) throw arguments.Run.Fail("'range' takes 1 to 3 integers");
        (long from, long to, long step) = bounds.Length == 1 ? (0, bounds[0], 1) : (bounds[0], bounds[1], bounds.Length == 3 ? bounds[2] : 1);
        if (step == 0) throw arguments.Run.Fail("the step of 'range' is 0");
        Int128 count = step > 0 ? ((Int128)to - from + step - 1) / step : ((Int128)from - to - step - 1) / -(Int128)step;
        if (count > arguments.Run.Limits.RangeLength) throw arguments.Run.Fail($"'range' gives more than {arguments.Run.Limits.RangeLength} numbers");
        arguments.Run.Charge(Math.Max((long)count, 0));
        var numbers = new List<JinjaValue>();
        for (long i = 0; i < count; i++) numbers.Add(new JinjaInt(from + (i * step)));
        return new JinjaList(numbers);
    }

    private static JinjaNamespace Namespace(JinjaArguments arguments)
    {
        var space = new JinjaNamespace();
        foreach ((JinjaValue key, JinjaValue value) in Pairs(arguments))
            space.Attributes[(key as JinjaText)?.Value ?? throw arguments.Run.Fail("the attributes of a namespace are named by strings")] = value;
        return space;
    }

    private static OrderedDictionary<JinjaValue, JinjaValue> Pairs(JinjaArguments arguments)
    {
        OrderedDictionary<JinjaValue, JinjaValue> pairs = JinjaDict.NewItems();
        switch (arguments.Find(0, ""))
        {
            case null: break;
            case JinjaDict dict:
                foreach ((JinjaValue key, JinjaValue value) in dict.Items) pairs[key] = value;
                break;
            case JinjaList list:
                foreach (JinjaValue item in list.Items)
                {
                    if (item is not JinjaList { Items: [var key, var value] } || !JinjaEquality.IsHashable(key)) throw arguments.Run.Fail("a dictionary is made of pairs");
                    pairs[key] = value;
                }

                break;
            case var other: throw arguments.Run.Fail($"a dictionary is made of another or of pairs, not of {other.TypeName}");
        }

        foreach ((string name, JinjaValue value) in arguments.Named) pairs[JinjaText.Of(name, Origin.Template)] = value;
        arguments.Run.Charge(pairs.Count);
        return pairs;
    }
}
