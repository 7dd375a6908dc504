namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Methods of dictionaries and lists: those that only read. The others are known, and refused when called.</summary>
internal static class CollectionMethods
{
    /// <summary>A method of a dictionary, or null.</summary>
    public static JinjaCallable? Find(JinjaDict dict, string name)
    {
        switch (name)
        {
            case "get":
                return new JinjaCallable(name, arguments =>
                {
                    arguments.Allow(2, "default");
                    return dict.Find(arguments.Required(0, "key")) ?? arguments.Find(1, "default") ?? JinjaNone.Value;
                });
            case "items": return new JinjaCallable(name, arguments => Items(dict, arguments.Run));
            case "keys": return new JinjaCallable(name, arguments => Listed(dict.Items.Keys, arguments.Run));
            case "values": return new JinjaCallable(name, arguments => Listed(dict.Items.Values, arguments.Run));
            case "copy": return new JinjaCallable(name, _ => dict);
            case "pop" or "popitem" or "update" or "setdefault" or "clear": return Refused(name);
            default: return null;
        }
    }

    /// <summary>A method of a list, or null.</summary>
    public static JinjaCallable? Find(JinjaList list, string name)
    {
        switch (name)
        {
            case "index":
                return new JinjaCallable(name, arguments =>
                {
                    JinjaValue wanted = arguments.Required(0, "value");
                    for (int i = 0; i < list.Items.Count; i++)
                        if (JinjaEquality.AreEqual(list.Items[i], wanted, arguments.Run)) return new JinjaInt(i);
                    throw arguments.Run.Fail("the list does not hold the value that 'index' looks for");
                });
            case "count":
                return new JinjaCallable(name, arguments =>
                {
                    JinjaValue wanted = arguments.Required(0, "value");
                    return new JinjaInt(list.Items.Count(item => JinjaEquality.AreEqual(item, wanted, arguments.Run)));
                });
            case "copy": return new JinjaCallable(name, _ => list);
            case "append" or "extend" or "insert" or "pop" or "remove" or "reverse" or "sort" or "clear": return Refused(name);
            default: return null;
        }
    }

    /// <summary>The pairs of a dictionary.</summary>
    public static JinjaList Items(JinjaDict dict, JinjaRun run)
    {
        run.Charge(dict.Items.Count);
        return new JinjaList([.. dict.Items.Select(static pair => new JinjaList([pair.Key, pair.Value], isTuple: true))]);
    }

    private static JinjaList Listed(ICollection<JinjaValue> values, JinjaRun run)
    {
        run.Charge(values.Count);
        return new JinjaList([.. values]);
    }

    private static JinjaCallable Refused(string name) => new(name, arguments => throw arguments.Run.Fail($"'{name}' would change a value, which templates may not; use a namespace"));
}
