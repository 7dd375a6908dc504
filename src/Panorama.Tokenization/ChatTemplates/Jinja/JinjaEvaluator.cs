namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Finds the values of expressions.</summary>
/// <param name="run">The rendering.</param>
internal sealed class JinjaEvaluator(JinjaRun run)
{
    /// <summary>The value of an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="scope">Its variables.</param>
    /// <param name="input">What a filter without a target is applied to.</param>
    public JinjaValue Evaluate(JinjaExpression expression, JinjaScope scope, JinjaValue? input = null)
    {
        run.Position = expression.Position;
        run.Charge();
        run.Enter();
        JinjaValue value = expression switch
        {
            JinjaExpression.Literal literal => literal.Value,
            JinjaExpression.Name name => scope.Find(name.Text) ?? new JinjaUndefined($"'{name.Text}' is undefined"),
            JinjaExpression.Attribute attribute => Attribute(attribute, scope),
            JinjaExpression.Item item => Item(item, scope),
            JinjaExpression.Slice slice => Slice(slice, scope),
            JinjaExpression.Call call => Call(call, scope),
            JinjaExpression.Filter filter => Filter(filter, scope, input),
            JinjaExpression.Test test => Test(test, scope),
            JinjaExpression.Comparison comparison => Comparison(comparison, scope),
            JinjaExpression.Logical logical => Logical(logical, scope),
            JinjaExpression.Conditional conditional => Conditional(conditional, scope),
            JinjaExpression.Concatenation concatenation => Concatenation(concatenation, scope),
            JinjaExpression.Binary binary => Binary(binary, scope),
            JinjaExpression.Unary unary => Unary(unary, scope),
            JinjaExpression.Items items => new JinjaList([.. items.Parts.Select(part => Evaluate(part, scope))], items.IsTuple),
            JinjaExpression.Dictionary dictionary => Dictionary(dictionary, scope),
            _ => throw new InvalidOperationException($"no value for {expression.GetType()}"),
        };
        run.Leave();
        return value;
    }

    /// <summary>Calls something.</summary>
    /// <param name="call">The call.</param>
    /// <param name="scope">Its variables.</param>
    /// <param name="caller">What the called macro may call back, or null.</param>
    public JinjaValue Call(JinjaExpression.Call call, JinjaScope scope, JinjaCallable? caller = null)
    {
        JinjaValue target = Evaluate(call.Target, scope);
        JinjaArguments arguments = Arguments(call.Arguments, scope, null, caller);
        run.Position = call.Position;
        return target switch
        {
            JinjaCallable callable => callable.Invoke(arguments),
            JinjaUndefined missing => throw run.Fail($"{missing.What} and cannot be called"),
            _ => throw run.Fail($"a {target.TypeName} cannot be called"),
        };
    }

    private JinjaArguments Arguments(JinjaCallArguments written, JinjaScope scope, JinjaValue? first, JinjaCallable? caller = null)
    {
        var positional = new List<JinjaValue>();
        if (first is not null) positional.Add(first);
        foreach (JinjaExpression argument in written.Positional) positional.Add(Evaluate(argument, scope));
        if (written.Spread is not null)
        {
            IReadOnlyList<JinjaValue> items = JinjaMembers.Items(Evaluate(written.Spread, scope), run);
            run.Charge(items.Count);
            positional.AddRange(items);
        }

        if (written.Named.Count == 0 && written.SpreadNamed is null && caller is null) return new JinjaArguments(run, positional);
        var named = new Dictionary<string, JinjaValue>(StringComparer.Ordinal);
        foreach ((string name, JinjaExpression value) in written.Named) named[name] = Evaluate(value, scope);
        if (written.SpreadNamed is not null)
        {
            if (Evaluate(written.SpreadNamed, scope) is not JinjaDict dict) throw run.Fail("'**' needs a dictionary");
            run.Charge(dict.Items.Count);
            foreach ((JinjaValue key, JinjaValue value) in dict.Items) named[(key as JinjaText)?.Value ?? throw run.Fail("'**' needs keys that are strings")] = value;
        }

        if (caller is not null) named["caller"] = caller;
        return new JinjaArguments(run, positional, named);
    }

    private JinjaValue Attribute(JinjaExpression.Attribute attribute, JinjaScope scope)
    {
        JinjaValue target = Evaluate(attribute.Target, scope);
        run.Position = attribute.Position;
        return JinjaMembers.Attribute(target, attribute.Text, run);
    }

    private JinjaValue Item(JinjaExpression.Item item, JinjaScope scope)
    {
        JinjaValue target = Evaluate(item.Target, scope), index = Evaluate(item.Index, scope);
        run.Position = item.Position;
        return JinjaMembers.Item(target, index, run);
    }

    private JinjaValue Slice(JinjaExpression.Slice slice, JinjaScope scope)
    {
        JinjaValue target = Evaluate(slice.Target, scope);
        JinjaValue? start = Optional(slice.Start), stop = Optional(slice.Stop), step = Optional(slice.Step);
        run.Position = slice.Position;
        if (target is JinjaText text) run.ChargeText(0, text.Length);
        return JinjaMembers.Slice(target, start, stop, step, run);

        JinjaValue? Optional(JinjaExpression? bound) => bound is null ? null : Evaluate(bound, scope);
    }

    private JinjaValue Filter(JinjaExpression.Filter filter, JinjaScope scope, JinjaValue? input)
    {
        JinjaValue target = filter.Target is null ? input! : Evaluate(filter.Target, scope, input);
        JinjaArguments arguments = Arguments(filter.Arguments, scope, target);
        run.Position = filter.Position;
        if (target is JinjaText text) run.ChargeText(0, text.Length);
        return JinjaFilters.Apply(filter.Text, arguments);
    }

    private JinjaBool Test(JinjaExpression.Test test, JinjaScope scope)
    {
        JinjaArguments arguments = Arguments(test.Arguments, scope, Evaluate(test.Target, scope));
        run.Position = test.Position;
        return JinjaBool.Of(JinjaTests.Holds(test.Text, arguments) != test.Negated);
    }

    private JinjaBool Comparison(JinjaExpression.Comparison comparison, JinjaScope scope)
    {
        JinjaValue left = Evaluate(comparison.First, scope);
        foreach ((string sign, JinjaExpression next) in comparison.Rest)
        {
            JinjaValue right = Evaluate(next, scope);
            run.Position = comparison.Position;
            if (!JinjaOperators.Compare(sign, left, right, run)) return JinjaBool.Of(false);
            left = right;
        }

        return JinjaBool.Of(true);
    }

    // As in Python the value is that of the operand that decides.
    private JinjaValue Logical(JinjaExpression.Logical logical, JinjaScope scope)
    {
        JinjaValue value = JinjaNone.Value;
        foreach (JinjaExpression part in logical.Parts)
        {
            value = Evaluate(part, scope);
            if (value.IsTrue != logical.IsAnd) break;
        }

        return value;
    }

    private JinjaValue Conditional(JinjaExpression.Conditional conditional, JinjaScope scope)
    {
        if (Evaluate(conditional.Condition, scope).IsTrue) return Evaluate(conditional.Then, scope);
        return conditional.Otherwise is null ? new JinjaUndefined("the inline 'if' has no 'else'") : Evaluate(conditional.Otherwise, scope);
    }

    private JinjaText Concatenation(JinjaExpression.Concatenation concatenation, JinjaScope scope)
    {
        var joined = new JinjaTextBuilder(run);
        foreach (JinjaExpression part in concatenation.Parts) joined.Append(PythonFormat.Str(Evaluate(part, scope), run));
        return joined.ToText();
    }

    private JinjaValue Binary(JinjaExpression.Binary binary, JinjaScope scope)
    {
        JinjaValue left = Evaluate(binary.Left, scope), right = Evaluate(binary.Right, scope);
        run.Position = binary.Position;
        return JinjaOperators.Binary(binary.Sign, left, right, run);
    }

    private JinjaValue Unary(JinjaExpression.Unary unary, JinjaScope scope)
    {
        JinjaValue target = Evaluate(unary.Target, scope);
        run.Position = unary.Position;
        return unary.Sign == "not" ? JinjaBool.Of(!target.IsTrue) : JinjaOperators.Sign(unary.Sign, target, run);
    }

    private JinjaDict Dictionary(JinjaExpression.Dictionary dictionary, JinjaScope scope)
    {
        OrderedDictionary<JinjaValue, JinjaValue> items = JinjaDict.NewItems();
        foreach ((JinjaExpression keyPart, JinjaExpression valuePart) in dictionary.Parts)
        {
            JinjaValue key = Evaluate(keyPart, scope);
            if (!JinjaEquality.IsHashable(key)) throw run.Fail($"a {key.TypeName} cannot be a key");
            items[key] = Evaluate(valuePart, scope);
        }

        return new JinjaDict(items);
    }
}
