namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>
/// Cuts a template into tokens (https://jinja.palletsprojects.com/templates/), white space handled as transformers sets Jinja up:
/// <c>trim_blocks</c> (a block tag takes the line end behind it), <c>lstrip_blocks</c> (and the blanks before it on its line), and the
/// template's last line end dropped. <c>-</c> beside a tag takes all white space there, <c>+</c> none.
/// </summary>
internal sealed class JinjaLexer
{
    private static readonly string[] Signs = ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">", "=", ".", ":", "|", ",", ";"];

    private readonly JinjaSource _source;
    private readonly string _text;
    private readonly List<JinjaToken> _tokens = [];
    private readonly Stack<char> _open = new();
    private int _at;
    private bool _lineStarts = true; // whether what comes next begins a line, as the tags before left it

    private JinjaLexer(JinjaSource source) => (_source, _text) = (source, source.Text);

    /// <summary>The tokens of a template, the last one <see cref="JinjaTokenKind.End"/>.</summary>
    /// <exception cref="JinjaException">A tag or a string is not ended, or a character belongs to nothing.</exception>
    public static List<JinjaToken> Tokenize(JinjaSource source)
    {
        var lexer = new JinjaLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    /// <summary>The text with line ends as <c>\n</c>, without the last.</summary>
    public static string Normalize(string text)
    {
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    private void Run()
    {
        while (_at < _text.Length)
        {
            int tag = NextTag();
            char kind = tag < _text.Length ? _text[tag + 1] : '\0';
            char sign = tag + 2 < _text.Length && kind != '\0' ? _text[tag + 2] : '\0';
            AddData(tag, kind, sign);
            if (kind == '\0') break;
            _at = tag + 2 + (sign is '-' or '+' ? 1 : 0);
            switch (kind)
            {
                case '#': SkipComment(tag); break;
                case '%' when IsRaw(): AddRaw(tag); break;
                default: AddTag(tag, kind == '%'); break;
            }
        }

        _tokens.Add(new JinjaToken(JinjaTokenKind.End, "", _text.Length));
    }

    private int NextTag()
    {
        for (int at = _at; ; at++)
        {
            at = _text.IndexOf('{', at);
            if (at < 0 || at + 1 == _text.Length) return _text.Length;
            if (_text[at + 1] is '%' or '{' or '#') return at;
        }
    }

    private void AddData(int end, char kind, char sign)
    {
        int last = end;
        if (sign == '-')
        {
            while (last > _at && PythonText.IsSpace(_text[last - 1])) last--;
        }
        else if (sign != '+' && kind is '%' or '#')
        {
            int line = last;
            while (line > _at && _text[line - 1] != '\n' && PythonText.IsSpace(_text[line - 1])) line--;
            if (line > _at ? _text[line - 1] == '\n' : _lineStarts) last = line;
        }

        if (last > _at) _tokens.Add(new JinjaToken(JinjaTokenKind.Data, _text[_at..last], _at));
    }

    private void SkipComment(int tag)
    {
        int end = _text.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0) throw _source.Fail(tag, "the comment that begins here has no '#}'");
        char sign = end > _at ? _text[end - 1] : '\0';
        _at = end + 2;
        AfterTag(sign, trims: true);
    }

    private void AddTag(int tag, bool isBlock)
    {
        _tokens.Add(new JinjaToken(isBlock ? JinjaTokenKind.BlockBegin : JinjaTokenKind.VariableBegin, "", tag));
        string end = isBlock ? "%}" : "}}";
        while (true)
        {
            while (_at < _text.Length && PythonText.IsSpace(_text[_at])) _at++;
            if (_at == _text.Length) throw _source.Fail(tag, $"the tag that begins here has no '{end}'");
            char sign = _text[_at];
            int signs = sign == '-' || (isBlock && sign == '+') ? 1 : 0;
            if (_open.Count == 0 && string.CompareOrdinal(_text, _at + signs, end, 0, 2) == 0)
            {
                _tokens.Add(new JinjaToken(isBlock ? JinjaTokenKind.BlockEnd : JinjaTokenKind.VariableEnd, "", _at));
                _at += signs + 2;
                AfterTag(signs == 1 ? sign : '\0', isBlock);
                return;
            }

            AddInside();
        }
    }

    private void AfterTag(char sign, bool trims)
    {
        int from = _at;
        if (sign == '-')
        {
            while (_at < _text.Length && PythonText.IsSpace(_text[_at])) _at++;
        }
        else if (trims && sign != '+' && _at < _text.Length && _text[_at] == '\n')
        {
            _at++;
        }

        _lineStarts = _at > from && _text[_at - 1] == '\n';
    }

    private void AddInside()
    {
        char c = _text[_at];
        if (c is '"' or '\'') AddText(c);
        else if (char.IsAsciiDigit(c)) AddNumber();
        else if (c == '_' || char.IsLetter(c)) AddName();
        else AddSign();
    }

    private void AddText(char quote)
    {
        int start = _at++;
        while (_at < _text.Length && _text[_at] != quote) _at += _text[_at] == '\\' ? 2 : 1;
        if (_at >= _text.Length) throw _source.Fail(start, "the string that begins here has no end");
        string value = PythonText.Unescape(_text.AsSpan(start + 1, _at - start - 1)) ?? throw _source.Fail(start, "the string has an escape that is not supported");
        _tokens.Add(new JinjaToken(JinjaTokenKind.Text, value, start));
        _at++;
    }

    private void AddName()
    {
        int start = _at;
        while (_at < _text.Length && (_text[_at] == '_' || char.IsLetterOrDigit(_text[_at]))) _at++;
        _tokens.Add(new JinjaToken(JinjaTokenKind.Name, _text[start.._at], start));
    }

    private void AddNumber()
    {
        int start = _at;
        bool isFloat = false;
        Digits();
        // After a point a number is an index: items.0.1 is no float.
        bool isIndex = _tokens[^1].IsOperator(".");
        if (!isIndex && At(0) == '.' && char.IsAsciiDigit(At(1)))
        {
            isFloat = true;
            _at++;
            Digits();
        }

        int exponent = At(1) is '+' or '-' ? 2 : 1;
        if (!isIndex && At(0) is ('e' or 'E') && char.IsAsciiDigit(At(exponent)))
        {
            isFloat = true;
            _at += exponent;
            Digits();
        }

        string number = _text[start.._at].Replace("_", "", StringComparison.Ordinal);
        _tokens.Add(new JinjaToken(isFloat ? JinjaTokenKind.Float : JinjaTokenKind.Integer, number, start));

        void Digits()
        {
            while (char.IsAsciiDigit(At(0)) || (At(0) == '_' && char.IsAsciiDigit(At(1)))) _at++;
        }

        char At(int offset) => _at + offset < _text.Length ? _text[_at + offset] : '\0';
    }

    private void AddSign()
    {
        string? sign = Array.Find(Signs, s => string.CompareOrdinal(_text, _at, s, 0, s.Length) == 0);
        if (sign is null) throw _source.Fail(_at, $"the character '{_text[_at]}' has no meaning in a tag");
        if (sign is "(" or "[" or "{")
        {
            _open.Push(sign[0]);
        }
        else if (sign is ")" or "]" or "}")
        {
            char expected = sign switch { ")" => '(', "]" => '[', _ => '{' };
            if (_open.Count == 0 || _open.Pop() != expected) throw _source.Fail(_at, $"'{sign}' closes nothing");
        }

        _tokens.Add(new JinjaToken(JinjaTokenKind.Operator, sign, _at));
        _at += sign.Length;
    }

    private bool IsRaw()
    {
        int at = _at;
        while (at < _text.Length && PythonText.IsSpace(_text[at])) at++;
        if (string.CompareOrdinal(_text, at, "raw", 0, 3) != 0) return false;
        at += 3;
        while (at < _text.Length && PythonText.IsSpace(_text[at])) at++;
        return string.CompareOrdinal(_text, at, "%}", 0, 2) == 0 || string.CompareOrdinal(_text, at, "-%}", 0, 3) == 0 || string.CompareOrdinal(_text, at, "+%}", 0, 3) == 0;
    }

    private void AddRaw(int tag)
    {
        int open = _text.IndexOf("%}", _at, StringComparison.Ordinal);
        char sign = _text[open - 1];
        _at = open + 2;
        AfterTag(sign, trims: false);
        for (int end = _at; ; end += 2)
        {
            end = _text.IndexOf("{%", end, StringComparison.Ordinal);
            if (end < 0) throw _source.Fail(tag, "the raw block that begins here has no 'endraw'");
            int at = end + 2;
            char left = at < _text.Length ? _text[at] : '\0';
            if (left is '-' or '+') at++;
            while (at < _text.Length && PythonText.IsSpace(_text[at])) at++;
            if (string.CompareOrdinal(_text, at, "endraw", 0, 6) != 0) continue;
            at += 6;
            while (at < _text.Length && PythonText.IsSpace(_text[at])) at++;
            char right = at < _text.Length && _text[at] is '-' or '+' ? _text[at++] : '\0';
            if (string.CompareOrdinal(_text, at, "%}", 0, 2) != 0) continue;
            AddData(end, '%', left);
            _at = at + 2;
            AfterTag(right, trims: true);
            return;
        }
    }
}
