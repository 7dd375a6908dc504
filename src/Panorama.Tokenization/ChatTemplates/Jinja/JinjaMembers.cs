namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Attributes, items, slices and the items of values.</summary>
internal static class JinjaMembers
{
    /// <summary><c>value.name</c>: a method first, then an item of that name.</summary>
    public static JinjaValue Attribute(JinjaValue value, string name, JinjaRun run)
    {
        JinjaValue? found = value switch
        {
            JinjaUndefined missing => throw run.Fail(missing.What),
            JinjaNamespace space => space.Attributes.GetValueOrDefault(name),
            JinjaLoop loop => loop.Attribute(name),
            JinjaText text => TextMethods.Find(text, name),
            JinjaDict dict => CollectionMethods.Find(dict, name) ?? dict.Find(name),
            JinjaList list => CollectionMethods.Find(list, name),
            _ => null,
        };
        return found ?? Missing(value, $"'{name}'");
    }

    /// <summary><c>value[index]</c>: an item first, then a method of that name.</summary>
    public static JinjaValue Item(JinjaValue value, JinjaValue index, JinjaRun run)
    {
        if (value is JinjaUndefined missing) throw run.Fail(missing.What);
        if (value is JinjaDict dict && dict.Find(index) is { } item) return item;
        if (value is JinjaList or JinjaText && JinjaEquality.TryInteger(index, out long at))
        {
            if (value is JinjaText text && PythonText.Starts(text.Value) is { } starts)
            {
                run.Charge(starts.Length / 8);
                return Index(ref at, starts.Length - 1) ? text.Slice(starts[at], starts[at + 1] - starts[at]) : Missing(value, "such index");
            }

            int count = value is JinjaList items ? items.Items.Count : ((JinjaText)value).Length;
            if (!Index(ref at, count)) return Missing(value, "such index");
            return value is JinjaList list ? list.Items[(int)at] : ((JinjaText)value).Slice((int)at, 1);
        }

        return index is JinjaText name ? Attribute(value, name.Value, run) : Missing(value, "such item");
    }

    /// <summary><c>value[start:stop:step]</c>.</summary>
    public static JinjaValue Slice(JinjaValue value, JinjaValue? start, JinjaValue? stop, JinjaValue? step, JinjaRun run)
    {
        if (value is JinjaUndefined missing) throw run.Fail(missing.What);
        if (value is not (JinjaText or JinjaList)) return Missing(value, "slices");
        long by = Bound(step, run) ?? 1;
        if (by == 0) throw run.Fail("the step of a slice is 0");
        var text = value as JinjaText;
        int[]? starts = text is null ? null : PythonText.Starts(text.Value);
        long count = text is null ? ((JinjaList)value).Items.Count : starts?.Length - 1 ?? text.Length;
        long from = Clamp(Bound(start, run), by > 0 ? 0 : count - 1, count, by);
        long to = Clamp(Bound(stop, run), by > 0 ? count : -1, count, by);
        if (text is not null)
        {
            if (by == 1) return from < to ? text.Slice(At(from), At(to) - At(from)) : JinjaText.Empty;
            var sliced = new JinjaTextBuilder(run);
            for (long i = from; by > 0 ? i < to : i > to; i += by) sliced.Append(text, At(i), At(i + 1) - At(i));
            return sliced.ToText();
        }

        var list = (JinjaList)value;
        var items = new List<JinjaValue>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) items.Add(list.Items[(int)i]);
        run.Charge(items.Count);
        return new JinjaList(items, list.IsTuple);

        int At(long index) => starts is null ? (int)index : starts[index];
    }

    /// <summary>What a loop goes over: items, keys, or characters.</summary>
    public static IReadOnlyList<JinjaValue> Items(JinjaValue value, JinjaRun run)
    {
        switch (value)
        {
            case JinjaList list: return list.Items;
            case JinjaDict dict: return [.. dict.Items.Keys];
            case JinjaUndefined: return [];
            case JinjaText text:
                run.Charge(text.Length);
                if (PythonText.Starts(text.Value) is not { } starts) return [.. Enumerable.Range(0, text.Length).Select(i => text.Slice(i, 1))];
                return [.. Enumerable.Range(0, starts.Length - 1).Select(i => text.Slice(starts[i], starts[i + 1] - starts[i]))];
            default: throw run.Fail($"a {value.TypeName} has no items");
        }
    }

    /// <summary>How many items a value has.</summary>
    public static long Count(JinjaValue value, JinjaRun run) => value switch
    {
        JinjaText text => PythonText.Count(text.Value),
        JinjaList list => list.Items.Count,
        JinjaDict dict => dict.Items.Count,
        JinjaUndefined => 0,
        _ => throw run.Fail($"a {value.TypeName} has no length"),
    };

    /// <summary>Follows a path as filters write it, <c>function.name</c> or <c>0.id</c>.</summary>
    public static JinjaValue Path(JinjaValue value, JinjaValue path, JinjaRun run)
    {
        if (path is not JinjaText text) return Item(value, path, run);
        foreach (string part in text.Value.Split('.'))
            value = Item(value, part.Length is > 0 and < 9 && part.All(char.IsAsciiDigit) ? new JinjaInt(int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)) : JinjaText.Of(part), run);
        return value;
    }

    private static bool Index(ref long index, int count)
    {
        if (index < 0) index += count;
        return index >= 0 && index < count;
    }

    private static long? Bound(JinjaValue? value, JinjaRun run)
    {
        if (value is null or JinjaNone) return null;
        return JinjaEquality.TryInteger(value, out long number) ? Math.Clamp(number, int.MinValue, int.MaxValue) : throw run.Fail($"a slice needs integers, not {value.TypeName}");
    }

    private static long Clamp(long? bound, long otherwise, long count, long step)
    {
        if (bound is not { } value) return otherwise;
        if (value < 0) value += count;
        return step > 0 ? Math.Clamp(value, 0, count) : Math.Clamp(value, -1, count - 1);
    }

    private static JinjaUndefined Missing(JinjaValue value, string what) => new($"a {value.TypeName} has no {what}");
}
