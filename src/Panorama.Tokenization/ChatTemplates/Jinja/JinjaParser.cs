using System.Globalization;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Parses a template to statements.</summary>
internal sealed class JinjaParser
{
    private const string Supported = "for, if, set, macro, call, filter, with, break, continue, generation, raw";
    private readonly JinjaTokens _tokens;
    private readonly JinjaExpressionParser _expressions;
    private int _loops;

    private JinjaParser(JinjaSource source, JinjaLimits limits)
    {
        _tokens = new JinjaTokens(source, limits);
        _expressions = new JinjaExpressionParser(_tokens);
    }

    /// <summary>Parses a template.</summary>
    /// <exception cref="JinjaException">It is too long, malformed, or has a part that is not supported.</exception>
    public static IReadOnlyList<JinjaStatement> Parse(JinjaSource source, JinjaLimits limits)
    {
        if (source.Text.Length > limits.TemplateLength)
            throw source.Fail(0, string.Create(CultureInfo.InvariantCulture, $"the template has {source.Text.Length:N0} characters, at most {limits.TemplateLength:N0} are read"));
        var parser = new JinjaParser(source, limits);
        return parser.Body([], out _);
    }

    /// <summary>Statements up to one of some words, which is taken with its tag still open.</summary>
    private List<JinjaStatement> Body(ReadOnlySpan<string> ends, out string end)
    {
        _tokens.Enter();
        int begin = _tokens.Position;
        var body = new List<JinjaStatement>();
        while (true)
        {
            JinjaToken token = _tokens.Take();
            switch (token.Kind)
            {
                case JinjaTokenKind.Data:
                    body.Add(new JinjaStatement.Data(token.Position, JinjaText.Of(token.Value, Origin.Template)));
                    break;
                case JinjaTokenKind.VariableBegin:
                    body.Add(new JinjaStatement.Print(token.Position, _expressions.ParseTuple()));
                    _tokens.Expect(JinjaTokenKind.VariableEnd, "'}}'");
                    break;
                case JinjaTokenKind.BlockBegin:
                    if (_tokens.Current.Kind == JinjaTokenKind.Name && ends.IndexOf(_tokens.Current.Value) >= 0)
                    {
                        end = _tokens.Take().Value;
                        _tokens.Leave();
                        return body;
                    }

                    body.Add(Statement(token.Position));
                    break;
                default:
                    if (ends.Length > 0) throw _tokens.Fail(begin, $"the block before has no '{ends[^1]}'");
                    end = "";
                    return body;
            }
        }
    }

    private List<JinjaStatement> BodyUntil(string end)
    {
        EndTag();
        List<JinjaStatement> body = Body([end], out _);
        EndTag();
        return body;
    }

    private void EndTag() => _tokens.Expect(JinjaTokenKind.BlockEnd, "'%}'");

    private JinjaStatement Statement(int position)
    {
        string word = _tokens.Expect(JinjaTokenKind.Name, "a statement").Value;
        switch (word)
        {
            case "for": return For(position);
            case "if": return If(position);
            case "set": return Set(position);
            case "macro": return Macro(position);
            case "call": return Call(position);
            case "with": return With(position);
            case "filter": return new JinjaStatement.FilterBlock(position, (JinjaExpression.Filter)_expressions.Filters(null, first: true)!, OutsideLoops(() => BodyUntil("endfilter")));
            case "generation": return new JinjaStatement.Generation(position, BodyUntil("endgeneration"));
            case "break" or "continue":
                if (_loops == 0) throw _tokens.Fail(position, $"'{word}' stands outside a loop");
                EndTag();
                return word == "break" ? new JinjaStatement.Break(position) : new JinjaStatement.Continue(position);
            default:
                throw _tokens.Fail(position, word.StartsWith("end", StringComparison.Ordinal) || word is "else" or "elif"
                    ? $"'{word}' ends no block"
                    : $"the statement '{word}' is not supported in chat templates; supported: {Supported}");
        }
    }

    private JinjaStatement.For For(int position)
    {
        JinjaTarget target = Target(onlyNames: true);
        if (!_tokens.TakeName("in")) throw _tokens.Fail($"'in' is expected, but {_tokens.Current.Shown} follows");
        JinjaExpression items = _expressions.ParseTuple(withCondition: false);
        JinjaExpression? condition = _tokens.TakeName("if") ? _expressions.Parse() : null;
        if (_tokens.Current.IsName("recursive")) throw _tokens.Fail("recursive loops are not supported");
        EndTag();
        _loops++;
        List<JinjaStatement> body = Body(["else", "endfor"], out string end), otherwise = [];
        _loops--;
        if (end == "else")
        {
            EndTag();
            otherwise = Body(["endfor"], out _);
        }

        EndTag();
        return new JinjaStatement.For(position, target, items, condition, body, otherwise);
    }

    private JinjaStatement.If If(int position)
    {
        var branches = new List<(JinjaExpression?, IReadOnlyList<JinjaStatement>)>();
        while (true)
        {
            JinjaExpression condition = _expressions.ParseTuple();
            EndTag();
            branches.Add((condition, Body(["elif", "else", "endif"], out string end)));
            if (end == "elif") continue;
            if (end == "else")
            {
                EndTag();
                branches.Add((null, Body(["endif"], out _)));
            }

            EndTag();
            return new JinjaStatement.If(position, branches);
        }
    }

    private JinjaStatement Set(int position)
    {
        JinjaTarget target = Target(onlyNames: false);
        if (_tokens.TakeOperator("="))
        {
            JinjaExpression value = _expressions.ParseTuple();
            EndTag();
            return new JinjaStatement.Set(position, target, value);
        }

        var filter = (JinjaExpression.Filter?)_expressions.Filters(null);
        return new JinjaStatement.SetBlock(position, target, filter, OutsideLoops(() => BodyUntil("endset")));
    }

    private JinjaStatement.Macro Macro(int position)
    {
        string name = _tokens.Expect(JinjaTokenKind.Name, "the name of the macro").Value;
        JinjaParameters parameters = Parameters();
        return new JinjaStatement.Macro(position, name, parameters, OutsideLoops(() => BodyUntil("endmacro")));
    }

    private JinjaStatement.Call Call(int position)
    {
        JinjaParameters parameters = _tokens.Current.IsOperator("(") ? Parameters() : JinjaParameters.None;
        if (_expressions.Parse() is not JinjaExpression.Call call) throw _tokens.Fail(position, "'call' needs the call of a macro");
        return new JinjaStatement.Call(position, call, parameters, OutsideLoops(() => BodyUntil("endcall")));
    }

    private JinjaStatement.With With(int position)
    {
        var values = new List<(JinjaTarget, JinjaExpression)>();
        while (_tokens.Current.Kind != JinjaTokenKind.BlockEnd)
        {
            JinjaTarget target = Target(onlyNames: true);
            _tokens.ExpectOperator("=");
            values.Add((target, _expressions.Parse()));
            if (!_tokens.TakeOperator(",")) break;
        }

        return new JinjaStatement.With(position, values, BodyUntil("endwith"));
    }

    private JinjaParameters Parameters()
    {
        var names = new List<string>();
        var defaults = new List<JinjaExpression?>();
        _tokens.ExpectOperator("(");
        while (!_tokens.TakeOperator(")"))
        {
            names.Add(_tokens.Expect(JinjaTokenKind.Name, "the name of a parameter").Value);
            defaults.Add(_tokens.TakeOperator("=") ? _expressions.Parse() : null);
            if (defaults[^1] is null && defaults.Any(static d => d is not null)) throw _tokens.Fail("a parameter without a default follows one with a default");
            if (_tokens.TakeOperator(")")) break;
            _tokens.ExpectOperator(",");
        }

        return new JinjaParameters(names, defaults);
    }

    // a break cannot leave the block it stands in for a loop around it
    private List<JinjaStatement> OutsideLoops(Func<List<JinjaStatement>> body)
    {
        (int loops, _loops) = (_loops, 0);
        List<JinjaStatement> parsed = body();
        _loops = loops;
        return parsed;
    }

    private JinjaTarget Target(bool onlyNames)
    {
        int position = _tokens.Position;
        JinjaTarget first = OneTarget(onlyNames);
        if (!_tokens.Current.IsOperator(",")) return first;
        var parts = new List<JinjaTarget> { first };
        while (_tokens.TakeOperator(",") && !_tokens.Current.IsName("in") && !_tokens.Current.IsOperator("=")) parts.Add(OneTarget(onlyNames));
        return new JinjaTarget(position, "", Parts: parts);
    }

    private JinjaTarget OneTarget(bool onlyNames)
    {
        int position = _tokens.Position;
        if (_tokens.TakeOperator("("))
        {
            _tokens.Enter();
            JinjaTarget inside = Target(onlyNames);
            _tokens.Leave();
            _tokens.ExpectOperator(")");
            return inside;
        }

        string name = _tokens.Expect(JinjaTokenKind.Name, "a name").Value;
        if (name is "true" or "false" or "none" or "True" or "False" or "None") throw _tokens.Fail(position, $"'{name}' cannot be given a value");
        if (onlyNames || !_tokens.TakeOperator(".")) return new JinjaTarget(position, name);
        return new JinjaTarget(position, name, _tokens.Expect(JinjaTokenKind.Name, "the name of an attribute").Value);
    }
}
