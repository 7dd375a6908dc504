using System.Globalization;

namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Parses expressions, from the loosest operator to the tightest, with Jinja's own precedence: <c>~</c> binds tighter than <c>+</c>.</summary>
/// <param name="tokens">The tokens of the template.</param>
internal sealed class JinjaExpressionParser(JinjaTokens tokens)
{
    /// <summary>An expression, or a tuple when commas follow.</summary>
    /// <param name="withCondition">Whether <c>a if b else c</c> is one; in <c>for</c> an <c>if</c> belongs to the loop.</param>
    public JinjaExpression ParseTuple(bool withCondition = true)
    {
        int position = tokens.Position;
        JinjaExpression first = Parse(withCondition);
        if (!tokens.Current.IsOperator(",")) return first;
        var parts = new List<JinjaExpression> { first };
        while (tokens.TakeOperator(","))
        {
            if (tokens.Current.Kind is JinjaTokenKind.BlockEnd or JinjaTokenKind.VariableEnd || tokens.Current.IsOperator(")")) break;
            parts.Add(Parse(withCondition));
        }

        return new JinjaExpression.Items(position, parts, IsTuple: true);
    }

    /// <summary>An expression.</summary>
    public JinjaExpression Parse(bool withCondition = true)
    {
        tokens.Enter();
        JinjaExpression value = withCondition ? Conditional() : Or();
        tokens.Leave();
        return value;
    }

    /// <summary>The filters behind a value, or behind a block when there is none.</summary>
    public JinjaExpression? Filters(JinjaExpression? value, bool first = false)
    {
        int deeper = 0;
        while (first || tokens.TakeOperator("|"))
        {
            first = false;
            tokens.Enter();
            deeper++;
            int position = tokens.Position;
            string name = tokens.Expect(JinjaTokenKind.Name, "the name of a filter").Value;
            while (tokens.TakeOperator(".")) name += "." + tokens.Expect(JinjaTokenKind.Name, "the name of a filter").Value;
            value = new JinjaExpression.Filter(position, value, name, tokens.Current.IsOperator("(") ? Arguments() : JinjaCallArguments.None);
        }

        while (deeper-- > 0) tokens.Leave();
        return value;
    }

    /// <summary>The arguments of a call, from its parenthesis on.</summary>
    public JinjaCallArguments Arguments()
    {
        var positional = new List<JinjaExpression>();
        var named = new List<(string, JinjaExpression)>();
        JinjaExpression? spread = null, spreadNamed = null;
        tokens.ExpectOperator("(");
        while (!tokens.TakeOperator(")"))
        {
            if (tokens.TakeOperator("*")) spread = Parse();
            else if (tokens.TakeOperator("**")) spreadNamed = Parse();
            else if (tokens.Current.Kind == JinjaTokenKind.Name && tokens.Next.IsOperator("="))
            {
                string name = tokens.Take().Value;
                tokens.Take();
                named.Add((name, Parse()));
            }
            else if (named.Count > 0 || spread is not null || spreadNamed is not null) throw tokens.Fail("an argument without a name follows one with a name");
            else positional.Add(Parse());

            if (tokens.TakeOperator(")")) break;
            tokens.ExpectOperator(",");
        }

        return new JinjaCallArguments(positional, named, spread, spreadNamed);
    }

    private JinjaExpression Conditional()
    {
        int position = tokens.Position;
        JinjaExpression value = Or();
        int deeper = 0;
        while (tokens.TakeName("if"))
        {
            tokens.Enter();
            deeper++;
            JinjaExpression condition = Or();
            value = new JinjaExpression.Conditional(position, condition, value, tokens.TakeName("else") ? Parse() : null);
        }

        while (deeper-- > 0) tokens.Leave();
        return value;
    }

    private JinjaExpression Or() => Logical(isAnd: false, "or", And);

    private JinjaExpression And() => Logical(isAnd: true, "and", Not);

    private JinjaExpression Logical(bool isAnd, string word, Func<JinjaExpression> operand)
    {
        int position = tokens.Position;
        JinjaExpression first = operand();
        if (!tokens.Current.IsName(word)) return first;
        var parts = new List<JinjaExpression> { first };
        while (tokens.TakeName(word)) parts.Add(operand());
        return new JinjaExpression.Logical(position, isAnd, parts);
    }

    private JinjaExpression Not()
    {
        int position = tokens.Position;
        if (!tokens.TakeName("not")) return Comparison();
        tokens.Enter();
        JinjaExpression target = Not();
        tokens.Leave();
        return new JinjaExpression.Unary(position, "not", target);
    }

    private JinjaExpression Comparison()
    {
        int position = tokens.Position;
        JinjaExpression first = Sum();
        var rest = new List<(string, JinjaExpression)>();
        while (true)
        {
            if (tokens.Current.Kind == JinjaTokenKind.Operator && tokens.Current.Value is "==" or "!=" or "<" or "<=" or ">" or ">=") rest.Add((tokens.Take().Value, Sum()));
            else if (tokens.TakeName("in")) rest.Add(("in", Sum()));
            else if (tokens.Current.IsName("not") && tokens.Next.IsName("in"))
            {
                tokens.Take();
                tokens.Take();
                rest.Add(("not in", Sum()));
            }
            else break;
        }

        return rest.Count == 0 ? first : new JinjaExpression.Comparison(position, first, rest);
    }

    private JinjaExpression Sum() => LeftToRight(["+", "-"], Concatenation);

    private JinjaExpression Concatenation()
    {
        int position = tokens.Position;
        JinjaExpression first = Product();
        if (!tokens.Current.IsOperator("~")) return first;
        var parts = new List<JinjaExpression> { first };
        while (tokens.TakeOperator("~")) parts.Add(Product());
        return new JinjaExpression.Concatenation(position, parts);
    }

    private JinjaExpression Product() => LeftToRight(["*", "/", "//", "%"], Power);

    private JinjaExpression Power() => LeftToRight(["**"], () => Signed(withFilter: true));

    // Every further operand nests the ones before it one deeper.
    private JinjaExpression LeftToRight(string[] signs, Func<JinjaExpression> operand)
    {
        int position = tokens.Position, deeper = 0;
        JinjaExpression left = operand();
        while (tokens.Current.Kind == JinjaTokenKind.Operator && Array.IndexOf(signs, tokens.Current.Value) >= 0)
        {
            tokens.Enter();
            deeper++;
            string sign = tokens.Take().Value;
            left = new JinjaExpression.Binary(position, sign, left, operand());
        }

        while (deeper-- > 0) tokens.Leave();
        return left;
    }

    private JinjaExpression Signed(bool withFilter)
    {
        int position = tokens.Position;
        JinjaExpression value;
        if (tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+"))
        {
            string sign = tokens.Take().Value;
            tokens.Enter();
            value = new JinjaExpression.Unary(position, sign, Signed(withFilter: false));
            tokens.Leave();
        }
        else
        {
            value = Primary();
        }

        return withFilter ? FiltersAndTests(Postfix(value)) : Postfix(value);
    }

    private JinjaExpression FiltersAndTests(JinjaExpression value)
    {
        int deeper = 0;
        while (true)
        {
            if (tokens.Current.IsOperator("|")) value = Filters(value)!;
            else if (tokens.Current.IsName("is")) value = Test(value);
            else if (tokens.Current.IsOperator("(")) value = new JinjaExpression.Call(tokens.Position, value, Arguments());
            else break;
            tokens.Enter();
            deeper++;
        }

        while (deeper-- > 0) tokens.Leave();
        return value;
    }

    private JinjaExpression.Test Test(JinjaExpression target)
    {
        int position = tokens.Position;
        tokens.Take();
        bool negated = tokens.TakeName("not");
        string name = tokens.Expect(JinjaTokenKind.Name, "the name of a test").Value;
        JinjaCallArguments arguments = JinjaCallArguments.None;
        JinjaToken next = tokens.Current;
        if (next.IsOperator("("))
        {
            arguments = Arguments();
        }
        else if (next.Kind is JinjaTokenKind.Text or JinjaTokenKind.Integer or JinjaTokenKind.Float || next.IsOperator("[") || next.IsOperator("{")
            || (next.Kind == JinjaTokenKind.Name && next.Value is not ("else" or "or" or "and" or "if" or "in" or "is" or "not")))
        {
            arguments = new JinjaCallArguments([Postfix(Primary())], []);
        }

        return new JinjaExpression.Test(position, target, name, arguments, negated);
    }

    private JinjaExpression Postfix(JinjaExpression value)
    {
        int deeper = 0;
        while (true)
        {
            int position = tokens.Position;
            if (tokens.TakeOperator("."))
            {
                value = tokens.Current.Kind == JinjaTokenKind.Integer
                    ? new JinjaExpression.Item(position, value, Primary())
                    : new JinjaExpression.Attribute(position, value, tokens.Expect(JinjaTokenKind.Name, "the name of an attribute").Value);
            }
            else if (tokens.TakeOperator("["))
            {
                value = Subscript(position, value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new JinjaExpression.Call(position, value, Arguments());
            }
            else
            {
                break;
            }

            tokens.Enter();
            deeper++;
        }

        while (deeper-- > 0) tokens.Leave();
        return value;
    }

    private JinjaExpression Subscript(int position, JinjaExpression target)
    {
        JinjaExpression? start = tokens.Current.IsOperator(":") ? null : ParseTuple();
        if (start is not null && tokens.TakeOperator("]")) return new JinjaExpression.Item(position, target, start);
        tokens.ExpectOperator(":");
        JinjaExpression? stop = tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();
        JinjaExpression? step = tokens.TakeOperator(":") && !tokens.Current.IsOperator("]") ? Parse() : null;
        tokens.ExpectOperator("]");
        return new JinjaExpression.Slice(position, target, start, stop, step);
    }

    private JinjaExpression Primary()
    {
        JinjaToken token = tokens.Current;
        switch (token.Kind)
        {
            case JinjaTokenKind.Name:
                tokens.Take();
                return token.Value switch
                {
                    "true" or "True" => new JinjaExpression.Literal(token.Position, JinjaBool.Of(true)),
                    "false" or "False" => new JinjaExpression.Literal(token.Position, JinjaBool.Of(false)),
                    "none" or "None" => new JinjaExpression.Literal(token.Position, JinjaNone.Value),
                    _ => new JinjaExpression.Name(token.Position, token.Value),
                };
            case JinjaTokenKind.Text: return Text();
            case JinjaTokenKind.Integer:
                tokens.Take();
                return long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long integer)
                    ? new JinjaExpression.Literal(token.Position, new JinjaInt(integer))
                    : throw tokens.Fail(token.Position, "the integer has more than 64 bits");
            case JinjaTokenKind.Float:
                tokens.Take();
                return new JinjaExpression.Literal(token.Position, new JinjaFloat(double.Parse(token.Value, CultureInfo.InvariantCulture)));
            case JinjaTokenKind.Operator when token.Value == "(": return Parenthesis();
            case JinjaTokenKind.Operator when token.Value == "[": return List();
            case JinjaTokenKind.Operator when token.Value == "{": return Dictionary();
            default: throw tokens.Fail($"an expression is expected, but {token.Shown} follows");
        }
    }

    // Strings beside each other are one, as in Python.
    private JinjaExpression.Literal Text()
    {
        int position = tokens.Position;
        string text = tokens.Take().Value;
        while (tokens.Current.Kind == JinjaTokenKind.Text) text += tokens.Take().Value;
        return new JinjaExpression.Literal(position, JinjaText.Of(text, Origin.Template));
    }

    private JinjaExpression Parenthesis()
    {
        int position = tokens.Take().Position;
        if (tokens.TakeOperator(")")) return new JinjaExpression.Items(position, [], IsTuple: true);
        JinjaExpression inside = ParseTuple();
        tokens.ExpectOperator(")");
        return inside;
    }

    private JinjaExpression.Items List()
    {
        int position = tokens.Take().Position;
        var parts = new List<JinjaExpression>();
        while (!tokens.TakeOperator("]"))
        {
            parts.Add(Parse());
            if (tokens.TakeOperator("]")) break;
            tokens.ExpectOperator(",");
        }

        return new JinjaExpression.Items(position, parts, IsTuple: false);
    }

    private JinjaExpression.Dictionary Dictionary()
    {
        int position = tokens.Take().Position;
        var parts = new List<(JinjaExpression, JinjaExpression)>();
        while (!tokens.TakeOperator("}"))
        {
            JinjaExpression key = Parse();
            tokens.ExpectOperator(":");
            parts.Add((key, Parse()));
            if (tokens.TakeOperator("}")) break;
            tokens.ExpectOperator(",");
        }

        return new JinjaExpression.Dictionary(position, parts);
    }
}
