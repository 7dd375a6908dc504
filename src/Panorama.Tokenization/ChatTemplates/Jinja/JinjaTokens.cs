namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>The tokens of a template while it is parsed, with the depth of what is open.</summary>
/// <param name="source">The template.</param>
/// <param name="limits">The deepest nesting.</param>
internal sealed class JinjaTokens(JinjaSource source, JinjaLimits limits)
{
    private readonly List<JinjaToken> _tokens = JinjaLexer.Tokenize(source);
    private int _at;
    private int _depth;

    /// <summary>The next token.</summary>
    public JinjaToken Current => _tokens[_at];

    /// <summary>The one after it.</summary>
    public JinjaToken Next => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>Where the next token is.</summary>
    public int Position => Current.Position;

    /// <summary>Takes a token.</summary>
    public JinjaToken Take()
    {
        JinjaToken token = Current;
        if (_at < _tokens.Count - 1) _at++;
        return token;
    }

    /// <summary>Takes a sign if it is next.</summary>
    public bool TakeOperator(string sign)
    {
        if (!Current.IsOperator(sign)) return false;
        _at++;
        return true;
    }

    /// <summary>Takes a word if it is next.</summary>
    public bool TakeName(string name)
    {
        if (!Current.IsName(name)) return false;
        _at++;
        return true;
    }

    /// <summary>Takes a sign that must be next.</summary>
    public void ExpectOperator(string sign)
    {
        if (!TakeOperator(sign)) throw Fail($"'{sign}' is expected, but {Current.Shown} follows");
    }

    /// <summary>Takes a token of a kind that must be next.</summary>
    public JinjaToken Expect(JinjaTokenKind kind, string what) => Current.Kind == kind ? Take() : throw Fail($"{what} is expected, but {Current.Shown} follows");

    /// <summary>An error at the next token.</summary>
    public JinjaException Fail(string what) => source.Fail(Position, what);

    /// <summary>An error at a place.</summary>
    public JinjaException Fail(int position, string what) => source.Fail(position, what);

    /// <summary>Goes one level deeper.</summary>
    public void Enter()
    {
        if (++_depth > limits.Depth) throw Fail($"blocks or expressions are nested more than {limits.Depth} deep");
    }

    /// <summary>Comes back.</summary>
    public void Leave() => _depth--;
}
