namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Renders a template once.</summary>
internal sealed class JinjaInterpreter
{
    private readonly JinjaRun _run;
    private readonly JinjaEvaluator _evaluator;
    private readonly JinjaTextBuilder _output;
    private readonly List<(int Start, int End)> _generations = [];
    private int _loops;

    /// <summary>Prepares a rendering.</summary>
    public JinjaInterpreter(JinjaRun run)
    {
        _run = run;
        _evaluator = new JinjaEvaluator(run);
        _output = new JinjaTextBuilder(run);
    }

    private enum Outcome
    {
        Done,
        Break,
        Continue,
    }

    /// <summary>What <c>generation</c> blocks wrote, as places of the text.</summary>
    public IReadOnlyList<(int Start, int End)> Generations => _generations;

    /// <summary>Renders.</summary>
    /// <param name="template">The template's statements.</param>
    /// <param name="variables">What the template is given.</param>
    public JinjaText Render(IReadOnlyList<JinjaStatement> template, IEnumerable<KeyValuePair<string, JinjaValue>> variables)
    {
        var globals = new JinjaScope(null);
        JinjaGlobals.AddTo(globals);
        foreach ((string name, JinjaValue value) in variables) globals.Set(name, value);
        Execute(template, new JinjaScope(globals), _output);
        return _output.ToText();
    }

    private Outcome Execute(IReadOnlyList<JinjaStatement> body, JinjaScope scope, JinjaTextBuilder output)
    {
        _run.Enter();
        Outcome outcome = Outcome.Done;
        for (int i = 0; i < body.Count && outcome == Outcome.Done; i++) outcome = Execute(body[i], scope, output);
        _run.Leave();
        return outcome;
    }

    private Outcome Execute(JinjaStatement statement, JinjaScope scope, JinjaTextBuilder output)
    {
        _run.Position = statement.Position;
        _run.Charge();
        switch (statement)
        {
            case JinjaStatement.Data data: output.Append(data.Text); break;
            case JinjaStatement.Print print: output.Append(PythonFormat.Str(_evaluator.Evaluate(print.Value, scope), _run)); break;
            case JinjaStatement.If branches: return If(branches, scope, output);
            case JinjaStatement.For loop: return For(loop, scope, output);
            case JinjaStatement.Break: return Outcome.Break;
            case JinjaStatement.Continue: return Outcome.Continue;
            case JinjaStatement.Set set: Assign(set.Target, _evaluator.Evaluate(set.Value, scope), scope); break;
            case JinjaStatement.SetBlock block: Assign(block.Target, Filtered(block.Filter, Captured(block.Body, new JinjaScope(scope)), scope), scope); break;
            case JinjaStatement.FilterBlock block: output.Append(PythonFormat.Str(Filtered(block.Filter, Captured(block.Body, new JinjaScope(scope)), scope), _run)); break;
            case JinjaStatement.Macro macro: scope.Set(macro.Name, Macro(macro.Name, macro.Parameters, macro.Body, scope)); break;
            case JinjaStatement.Call call: output.Append(PythonFormat.Str(_evaluator.Call(call.Target, scope, Macro("caller", call.Parameters, call.Body, scope)), _run)); break;
            case JinjaStatement.With with: return With(with, scope, output);
            case JinjaStatement.Generation generation: return Generation(generation, scope, output);
            default: throw new InvalidOperationException($"no meaning of {statement.GetType()}");
        }

        return Outcome.Done;
    }

    private Outcome If(JinjaStatement.If branches, JinjaScope scope, JinjaTextBuilder output)
    {
        foreach ((JinjaExpression? condition, IReadOnlyList<JinjaStatement> body) in branches.Branches)
            if (condition is null || _evaluator.Evaluate(condition, scope).IsTrue) return Execute(body, scope, output);
        return Outcome.Done;
    }

    private Outcome For(JinjaStatement.For loop, JinjaScope scope, JinjaTextBuilder output)
    {
        IReadOnlyList<JinjaValue> items = JinjaMembers.Items(_evaluator.Evaluate(loop.Items, scope), _run);
        if (loop.Condition is not null) items = Selected(items, loop, scope);
        if (items.Count == 0) return Execute(loop.Otherwise, scope, output);
        var state = new JinjaLoop(items, ++_loops);
        Outcome outcome = Outcome.Done;
        for (int i = 0; i < items.Count && outcome != Outcome.Break; i++)
        {
            _run.Position = loop.Position;
            _run.Charge();
            state.Index = i;
            var round = new JinjaScope(scope);
            round.Set("loop", state);
            Assign(loop.Target, items[i], round);
            outcome = Execute(loop.Body, round, output);
        }

        _loops--;
        return Outcome.Done;
    }

    private List<JinjaValue> Selected(IReadOnlyList<JinjaValue> items, JinjaStatement.For loop, JinjaScope scope)
    {
        var selected = new List<JinjaValue>();
        foreach (JinjaValue item in items)
        {
            var round = new JinjaScope(scope);
            Assign(loop.Target, item, round);
            if (_evaluator.Evaluate(loop.Condition!, round).IsTrue) selected.Add(item);
        }

        return selected;
    }

    private Outcome With(JinjaStatement.With with, JinjaScope scope, JinjaTextBuilder output)
    {
        var inner = new JinjaScope(scope);
        foreach ((JinjaTarget target, JinjaExpression value) in with.Values) Assign(target, _evaluator.Evaluate(value, scope), inner);
        return Execute(with.Body, inner, output);
    }

    // Within a macro or a captured block the places in the whole text are not known: nothing is marked there.
    private Outcome Generation(JinjaStatement.Generation generation, JinjaScope scope, JinjaTextBuilder output)
    {
        int start = output.Length;
        Outcome outcome = Execute(generation.Body, new JinjaScope(scope), output);
        if (ReferenceEquals(output, _output)) _generations.Add((start, output.Length));
        return outcome;
    }

    private JinjaText Captured(IReadOnlyList<JinjaStatement> body, JinjaScope scope)
    {
        var captured = new JinjaTextBuilder(_run);
        Execute(body, scope, captured);
        return captured.ToText();
    }

    private JinjaValue Filtered(JinjaExpression.Filter? filter, JinjaText text, JinjaScope scope) => filter is null ? text : _evaluator.Evaluate(filter, scope, text);

    private void Assign(JinjaTarget target, JinjaValue value, JinjaScope scope)
    {
        if (target.Parts is not null)
        {
            _run.Position = target.Position;
            IReadOnlyList<JinjaValue> items = JinjaMembers.Items(value, _run);
            if (items.Count != target.Parts.Count) throw _run.Fail($"{target.Parts.Count} names take a list of {items.Count}");
            for (int i = 0; i < items.Count; i++) Assign(target.Parts[i], items[i], scope);
        }
        else if (target.Attribute is null)
        {
            scope.Set(target.Name, value);
        }
        else
        {
            _run.Position = target.Position;
            if (scope.Find(target.Name) is not JinjaNamespace space) throw _run.Fail($"'{target.Name}' is no namespace: only those have attributes that can be set");
            space.Attributes[target.Attribute] = value;
        }
    }

    // A macro sees the variables around its definition, not those around its call.
    private JinjaCallable Macro(string name, JinjaParameters parameters, IReadOnlyList<JinjaStatement> body, JinjaScope scope) => new(name, arguments =>
    {
        var inner = new JinjaScope(scope);
        for (int i = 0; i < parameters.Names.Count; i++)
        {
            JinjaValue? value = arguments.Find(i, parameters.Names[i]);
            if (value is null && parameters.Defaults[i] is { } otherwise) value = _evaluator.Evaluate(otherwise, inner);
            inner.Set(parameters.Names[i], value ?? new JinjaUndefined($"the argument '{parameters.Names[i]}' of '{name}' is missing"));
        }

        Rest(name, parameters, arguments, inner);
        (int loops, _loops) = (_loops, 0);
        JinjaText text = Captured(body, inner);
        _loops = loops;
        return text;
    });

    private static void Rest(string name, JinjaParameters parameters, JinjaArguments arguments, JinjaScope inner)
    {
        OrderedDictionary<JinjaValue, JinjaValue> rest = JinjaDict.NewItems();
        foreach ((string key, JinjaValue value) in arguments.Named)
        {
            int at = -1;
            for (int i = 0; i < parameters.Names.Count; i++) at = parameters.Names[i] == key ? i : at;
            if (at >= 0 && at < arguments.Positional.Count) throw arguments.Run.Fail($"the argument '{key}' of '{name}' is given twice");
            if (key == "caller") inner.Set(key, value);
            else if (at < 0) rest[JinjaText.Of(key, Origin.Template)] = value;
        }

        inner.Set("varargs", new JinjaList([.. arguments.Positional.Skip(parameters.Names.Count)], isTuple: true));
        inner.Set("kwargs", new JinjaDict(rest));
    }
}
