using System.Runtime.ExceptionServices;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Filters that work on lists and dictionaries.</summary>
internal static class CollectionFilters
{
    /// <summary>The filters by name.</summary>
    public static Dictionary<string, Func<JinjaArguments, JinjaValue>> All { get; } = new(StringComparer.Ordinal)
    {
        ["list"] = static a => new JinjaList(Items(a)),
        ["first"] = static a => a.Positional[0] is JinjaText { Length: > 0 } || Items(a).Count > 0 ? Items(a)[0] : new JinjaUndefined("there is no first item"),
        ["last"] = static a => Items(a) is [.., var last] ? last : new JinjaUndefined("there is no last item"),
        ["join"] = Join,
        ["reverse"] = static a => a.Positional[0] is JinjaText text ? JinjaMembers.Slice(text, null, null, new JinjaInt(-1), a.Run) : new JinjaList([.. Items(a).Reverse()]),
        ["map"] = Map,
        ["select"] = static a => Select(a, byAttribute: false, keeps: true),
        ["reject"] = static a => Select(a, byAttribute: false, keeps: false),
        ["selectattr"] = static a => Select(a, byAttribute: true, keeps: true),
        ["rejectattr"] = static a => Select(a, byAttribute: true, keeps: false),
        ["sort"] = static a => new JinjaList(Sorted(Items(a), a.Find(3, "attribute"), a.IsTrue(2, "case_sensitive"), a.IsTrue(1, "reverse"), a.Run)),
        ["dictsort"] = DictSort,
        ["unique"] = Unique,
        ["groupby"] = GroupBy,
        ["sum"] = Sum,
        ["min"] = static a => Extreme(a, last: false),
        ["max"] = static a => Extreme(a, last: true),
        ["batch"] = Batch,
    };

    private static IReadOnlyList<JinjaValue> Items(JinjaArguments arguments)
    {
        IReadOnlyList<JinjaValue> items = JinjaMembers.Items(arguments.Positional[0], arguments.Run);
        arguments.Run.Charge(items.Count);
        return items;
    }

    // What is false has no items for the filters that select and map, none included.
    private static IReadOnlyList<JinjaValue> ItemsIfAny(JinjaArguments arguments) => arguments.Positional[0].IsTrue ? Items(arguments) : [];

    private static JinjaText Join(JinjaArguments arguments)
    {
        IReadOnlyList<JinjaValue> items = Items(arguments);
        if (arguments.Find(2, "attribute") is { } path) items = [.. items.Select(item => JinjaMembers.Path(item, path, arguments.Run))];
        return TextMethods.Join(arguments.Text(1, "d") ?? JinjaText.Empty, items, arguments.Run, convert: true);
    }

    private static JinjaList Map(JinjaArguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out JinjaValue? path))
        {
            arguments.Allow(1, "attribute", "default");
            JinjaValue? otherwise = arguments.Named.GetValueOrDefault("default");
            return new JinjaList([.. ItemsIfAny(arguments).Select(item => JinjaMembers.Path(item, path, arguments.Run) is var value && value is JinjaUndefined && otherwise is not null ? otherwise : value)]);
        }

        string filter = arguments.RequiredText(1, "filter").Value;
        return new JinjaList([.. ItemsIfAny(arguments).Select(item => JinjaFilters.Apply(filter, new JinjaArguments(arguments.Run, [item, .. arguments.Positional.Skip(2)], arguments.Named)))]);
    }

    private static JinjaList Select(JinjaArguments arguments, bool byAttribute, bool keeps)
    {
        JinjaValue? path = byAttribute ? arguments.Required(1, "attribute") : null;
        int at = byAttribute ? 2 : 1;
        string? test = arguments.Positional.Count > at ? arguments.RequiredText(at, "test").Value : null;
        var rest = arguments.Positional.Skip(at + 1).ToList();
        var selected = new List<JinjaValue>();
        foreach (JinjaValue item in ItemsIfAny(arguments))
        {
            JinjaValue value = path is null ? item : JinjaMembers.Path(item, path, arguments.Run);
            bool holds = test is null ? value.IsTrue : JinjaTests.Holds(test, new JinjaArguments(arguments.Run, [value, .. rest], arguments.Named));
            if (holds == keeps) selected.Add(item);
        }

        return new JinjaList(selected);
    }

    private static JinjaList DictSort(JinjaArguments arguments)
    {
        arguments.Allow(4, "case_sensitive", "by", "reverse");
        if (arguments.Positional[0] is not JinjaDict dict) throw arguments.Run.Fail($"'dictsort' needs a dictionary, not {arguments.Positional[0].TypeName}");
        string by = arguments.Text(2, "by")?.Value ?? "key";
        if (by is not ("key" or "value")) throw arguments.Run.Fail("'by' must be 'key' or 'value'");
        return new JinjaList(Sorted(CollectionMethods.Items(dict, arguments.Run).Items, new JinjaInt(by == "key" ? 0 : 1), arguments.IsTrue(1, "case_sensitive"), arguments.IsTrue(3, "reverse"), arguments.Run));
    }

    private static List<JinjaValue> Sorted(IReadOnlyList<JinjaValue> items, JinjaValue? path, bool caseSensitive, bool descending, JinjaRun run)
    {
        run.Charge(items.Count * 16L);
        var keyed = items.Select(item => (Item: item, Key: Key(path is null or JinjaNone ? item : JinjaMembers.Path(item, path, run), caseSensitive))).ToList();
        var comparer = Comparer<JinjaValue>.Create((x, y) => JinjaEquality.AreEqual(x, y, run) ? 0 : JinjaEquality.Compare(x, y, run) ?? throw run.Fail($"{x.TypeName} and {y.TypeName} have no order to sort by"));
        try
        {
            return [.. (descending ? keyed.OrderByDescending(static pair => pair.Key, comparer) : keyed.OrderBy(static pair => pair.Key, comparer)).Select(static pair => pair.Item)];
        }
        catch (InvalidOperationException e) when (e.InnerException is JinjaException inner)
        {
            ExceptionDispatchInfo.Throw(inner); // the sort wraps what its comparer throws
            throw;
        }
    }

    private static JinjaValue Key(JinjaValue value, bool caseSensitive) => !caseSensitive && value is JinjaText text ? text.Mapped(text.Value.ToLowerInvariant()) : value;

    private static JinjaList Unique(JinjaArguments arguments)
    {
        (bool caseSensitive, JinjaValue? path) = (arguments.IsTrue(1, "case_sensitive"), arguments.Find(2, "attribute"));
        var seen = new HashSet<JinjaValue>(JinjaEquality.Instance);
        var unique = new List<JinjaValue>();
        foreach (JinjaValue item in Items(arguments))
        {
            JinjaValue key = Key(path is null or JinjaNone ? item : JinjaMembers.Path(item, path, arguments.Run), caseSensitive);
            if (!JinjaEquality.IsHashable(key)) throw arguments.Run.Fail($"'unique' does not work on {key.TypeName}");
            if (seen.Add(key)) unique.Add(item);
        }

        return new JinjaList(unique);
    }

    private static JinjaList GroupBy(JinjaArguments arguments)
    {
        JinjaValue path = arguments.Required(1, "attribute");
        bool caseSensitive = arguments.IsTrue(3, "case_sensitive");
        var groups = new List<JinjaValue>();
        List<JinjaValue> members = [];
        JinjaValue? key = null;
        foreach (JinjaValue item in Sorted(Items(arguments), path, caseSensitive, descending: false, arguments.Run))
        {
            JinjaValue next = JinjaMembers.Path(item, path, arguments.Run);
            if (key is null || !JinjaEquality.AreEqual(Key(key, caseSensitive), Key(next, caseSensitive), arguments.Run))
            {
                members = [];
                key = next;
                groups.Add(new JinjaList([key, new JinjaList(members)], isTuple: true));
            }

            members.Add(item);
        }

        return new JinjaList(groups);
    }

    private static JinjaValue Sum(JinjaArguments arguments)
    {
        JinjaValue? path = arguments.Find(1, "attribute");
        JinjaValue sum = arguments.Find(2, "start") ?? new JinjaInt(0);
        foreach (JinjaValue item in Items(arguments)) sum = JinjaOperators.Binary("+", sum, path is null or JinjaNone ? item : JinjaMembers.Path(item, path, arguments.Run), arguments.Run);
        return sum;
    }

    private static JinjaValue Extreme(JinjaArguments arguments, bool last)
    {
        List<JinjaValue> sorted = Sorted(Items(arguments), arguments.Find(2, "attribute"), arguments.IsTrue(1, "case_sensitive"), last, arguments.Run);
        return sorted.Count > 0 ? sorted[0] : new JinjaUndefined("there is no item");
    }

    private static JinjaList Batch(JinjaArguments arguments)
    {
        long size = arguments.Integer(1, "linecount") is { } given and > 0 ? given : throw arguments.Run.Fail("'batch' needs a size of at least 1");
        JinjaValue? fill = arguments.Find(2, "fill_with");
        var batches = new List<JinjaValue>();
        foreach (JinjaValue[] batch in Items(arguments).Chunk((int)Math.Min(size, int.MaxValue)))
        {
            arguments.Run.Charge(fill is null ? 1 : size);
            batches.Add(new JinjaList(fill is null ? batch : [.. batch, .. Enumerable.Repeat(fill, (int)size - batch.Length)]));
        }

        return new JinjaList(batches);
    }
}
