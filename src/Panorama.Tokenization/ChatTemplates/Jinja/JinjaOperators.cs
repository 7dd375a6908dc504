namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Operators between values, as Python has them.</summary>
internal static class JinjaOperators
{
    /// <summary>Arithmetic; <c>+</c> and <c>*</c> on texts and lists, too.</summary>
    public static JinjaValue Binary(string sign, JinjaValue left, JinjaValue right, JinjaRun run)
    {
        if (left is JinjaUndefined a) throw run.Fail(a.What);
        if (right is JinjaUndefined b) throw run.Fail(b.What);
        switch (sign)
        {
            case "+" when left is JinjaText x && right is JinjaText y: return new JinjaTextBuilder(run).Append(x).Append(y).ToText();
            case "+" when left is JinjaList x && right is JinjaList y && x.IsTuple == y.IsTuple:
                run.Charge(x.Items.Count + y.Items.Count);
                return new JinjaList([.. x.Items, .. y.Items], x.IsTuple);
            case "*" when left is JinjaText or JinjaList && JinjaEquality.TryInteger(right, out long times): return Repeat(left, times, run);
            case "*" when right is JinjaText or JinjaList && JinjaEquality.TryInteger(left, out long times): return Repeat(right, times, run);
            case "%" when left is JinjaText text: return PercentFormat.Format(text, right, run);
        }

        try
        {
            if (JinjaEquality.TryInteger(left, out long m) && JinjaEquality.TryInteger(right, out long n) && Integers(sign, m, n, run) is { } integer) return integer;
        }
        catch (OverflowException)
        {
            throw run.Fail($"the result of '{sign}' has more than 64 bits");
        }

        if (JinjaEquality.TryNumber(left, out double p) && JinjaEquality.TryNumber(right, out double q)) return new JinjaFloat(Floats(sign, p, q, run));
        throw run.Fail($"'{sign}' does not work between {left.TypeName} and {right.TypeName}");
    }

    /// <summary><c>-a</c> and <c>+a</c>.</summary>
    public static JinjaValue Sign(string sign, JinjaValue value, JinjaRun run)
    {
        if (JinjaEquality.TryInteger(value, out long integer) && integer != long.MinValue) return new JinjaInt(sign == "-" ? -integer : integer);
        if (value is JinjaFloat number) return new JinjaFloat(sign == "-" ? -number.Value : number.Value);
        throw run.Fail(value is JinjaUndefined missing ? missing.What : $"'{sign}' does not work on {value.TypeName}");
    }

    /// <summary>A comparison.</summary>
    public static bool Compare(string sign, JinjaValue left, JinjaValue right, JinjaRun run)
    {
        switch (sign)
        {
            case "==": return JinjaEquality.AreEqual(left, right, run);
            case "!=": return !JinjaEquality.AreEqual(left, right, run);
            case "in": return Contains(right, left, run);
            case "not in": return !Contains(right, left, run);
        }

        if (left is JinjaUndefined a) throw run.Fail(a.What);
        if (right is JinjaUndefined b) throw run.Fail(b.What);
        if (JinjaEquality.Compare(left, right, run) is not { } order)
        {
            return left is JinjaFloat or JinjaInt && right is JinjaFloat or JinjaInt ? false : throw run.Fail($"'{sign}' does not work between {left.TypeName} and {right.TypeName}");
        }

        return sign switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    /// <summary><c>item in container</c>.</summary>
    public static bool Contains(JinjaValue container, JinjaValue item, JinjaRun run)
    {
        switch (container)
        {
            case JinjaText text:
                run.Charge(text.Length / 8);
                return item is JinjaText part
                    ? text.Value.Contains(part.Value, StringComparison.Ordinal)
                    : throw run.Fail(item is JinjaUndefined missing ? missing.What : $"'in' a string needs a string, not {item.TypeName}");
            case JinjaList list: return list.Items.Any(other => JinjaEquality.AreEqual(other, item, run));
            case JinjaDict dict: return dict.Find(item) is not null;
            case JinjaUndefined: return false;
            default: throw run.Fail($"'in' does not work on {container.TypeName}");
        }
    }

    private static JinjaValue Repeat(JinjaValue value, long times, JinjaRun run)
    {
        times = Math.Max(times, 0);
        if (value is JinjaText text)
        {
            var repeated = new JinjaTextBuilder(run);
            for (long i = 0; i < times && text.Length > 0; i++) repeated.Append(text);
            return repeated.ToText();
        }

        var list = (JinjaList)value;
        var items = new List<JinjaValue>();
        for (long i = 0; i < times && list.Items.Count > 0; i++)
        {
            run.Charge(list.Items.Count);
            items.AddRange(list.Items);
        }

        return new JinjaList(items, list.IsTuple);
    }

    private static JinjaInt? Integers(string sign, long m, long n, JinjaRun run) => sign switch
    {
        "+" => new JinjaInt(checked(m + n)),
        "-" => new JinjaInt(checked(m - n)),
        "*" => new JinjaInt(checked(m * n)),
        "//" => new JinjaInt(n == 0 ? throw ByZero(run) : FloorDivide(m, n)),
        "%" => new JinjaInt(n == 0 ? throw ByZero(run) : n == -1 ? 0 : ((m % n) + n) % n),
        "**" when n >= 0 => new JinjaInt(Power(m, n)),
        _ => null,
    };

    private static long FloorDivide(long m, long n)
    {
        long quotient = n == -1 ? checked(-m) : m / n;
        return n != -1 && m % n != 0 && (m < 0) != (n < 0) ? quotient - 1 : quotient;
    }

    private static long Power(long m, long n)
    {
        if (m is 0 or 1) return n == 0 ? 1 : m;
        if (m == -1) return n % 2 == 0 ? 1 : -1;
        long power = 1;
        for (; n > 0; n--) power = checked(power * m); // at most 63 rounds before it overflows
        return power;
    }

    private static double Floats(string sign, double p, double q, JinjaRun run) => sign switch
    {
        "+" => p + q,
        "-" => p - q,
        "*" => p * q,
        "/" => q == 0 ? throw ByZero(run) : p / q,
        "//" => q == 0 ? throw ByZero(run) : Math.Floor(p / q),
        "%" => q == 0 ? throw ByZero(run) : p % q is var rest && rest != 0 && (rest < 0) != (q < 0) ? rest + q : p % q,
        _ => Math.Pow(p, q),
    };

    private static JinjaException ByZero(JinjaRun run) => run.Fail("a division by zero");
}
