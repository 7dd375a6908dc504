using System.Globalization;
using System.Text;

namespace Panorama.Inference.Constraints;

/// <summary>
/// Reads regular expressions in the syntax of ECMAScript with the flag u, which JSON Schema names: <c>\d</c> and <c>\w</c> are ASCII,
/// <c>.</c> is any character but line ends. What looks around or back is refused: an automaton has no such thing.
/// </summary>
internal sealed class RegexParser
{
    private const int MostRepeats = 100_000;
    private static readonly CodePoints Digits = CodePoints.Of(('0', '9'));
    private static readonly CodePoints Words = CodePoints.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));
    private static readonly CodePoints Spaces = CodePoints.Of("\t\n\v\f\r \u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF");
    private static readonly CodePoints Dot = CodePoints.Of("\n\r\u2028\u2029").Negate();

    private readonly string _text;
    private readonly ConstraintLimits _limits;
    private int _at;
    private int _depth;

    private RegexParser(string text, ConstraintLimits limits) => (_text, _limits) = (text, limits);

    /// <summary>Reads an expression.</summary>
    /// <exception cref="ConstraintException">It is malformed, too long, or has a part that is not supported.</exception>
    public static RegexNode Parse(string text, ConstraintLimits limits)
    {
        var parser = new RegexParser(text, limits);
        if (text.Length > limits.TextLength)
        {
            throw parser.Fail(string.Create(CultureInfo.InvariantCulture, $"it has {text.Length:N0} characters, at most {limits.TextLength:N0} are read"));
        }

        RegexNode node = parser.Choice();
        return parser.More ? throw parser.Fail("a ) without its (") : node;
    }

    private bool More => _at < _text.Length;

    private ConstraintException Fail(string what) => new(string.Create(CultureInfo.InvariantCulture, $"The regular expression {Core.IO.Shown.Quote(_text)} cannot be used: {what} (character {_at + 1})."));

    private bool Take(string expected)
    {
        if (!_text.AsSpan(_at).StartsWith(expected, StringComparison.Ordinal))
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    private int Next()
    {
        if (!More)
        {
            throw Fail("it ends too early");
        }

        if (Rune.DecodeFromUtf16(_text.AsSpan(_at), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
        {
            throw Fail("half a surrogate pair");
        }

        _at += length;
        return rune.Value;
    }

    private RegexNode Choice()
    {
        if (++_depth > _limits.Depth)
        {
            throw Fail(string.Create(CultureInfo.InvariantCulture, $"groups are nested more than {_limits.Depth} deep"));
        }

        var parts = new List<RegexNode> { Sequence() };
        while (Take("|"))
        {
            parts.Add(Sequence());
        }

        _depth--;
        return parts.Count == 1 ? parts[0] : new RegexNode.Choice(parts);
    }

    private RegexNode.Sequence Sequence()
    {
        var parts = new List<RegexNode>();
        while (More && _text[_at] is not ('|' or ')'))
        {
            parts.Add(Repeats(Atom()));
        }

        return new RegexNode.Sequence(parts);
    }

    private RegexNode Repeats(RegexNode atom)
    {
        (int least, int? most) = (0, null);
        if (Take("*"))
        {
        }
        else if (Take("+"))
        {
            least = 1;
        }
        else if (Take("?"))
        {
            most = 1;
        }
        else if (!Braces(out least, out most))
        {
            return atom;
        }

        if (atom is RegexNode.Anchor)
        {
            throw Fail("an anchor is repeated");
        }

        _ = Take("?"); // how much is taken first does not change what fits
        if (More && _text[_at] is '*' or '+' or '?')
        {
            throw Fail("a repeat is repeated");
        }

        return new RegexNode.Repeat(atom, least, most);
    }

    private bool Braces(out int least, out int? most)
    {
        (least, most) = (0, null);
        int end = More && _text[_at] == '{' ? _text.IndexOf('}', _at) : -1;
        if (end < 0)
        {
            return false;
        }

        string[] numbers = _text[(_at + 1)..end].Split(',');
        if (numbers.Length > 2 || numbers[0].Length == 0 || numbers.Any(static n => n.Any(static c => !char.IsAsciiDigit(c))))
        {
            throw Fail("the braces hold no repeat");
        }

        least = Count(numbers[0]);
        most = numbers.Length == 1 ? least : numbers[1].Length == 0 ? null : Count(numbers[1]);
        if (most < least)
        {
            throw Fail("a repeat has a smaller upper than lower bound");
        }

        _at = end + 1;
        return true;

        int Count(string number) => number.Length <= 6 && int.Parse(number, CultureInfo.InvariantCulture) is <= MostRepeats and var count
            ? count
            : throw Fail(string.Create(CultureInfo.InvariantCulture, $"a repeat of more than {MostRepeats} times"));
    }

    private RegexNode Atom()
    {
        if (Take("("))
        {
            return Group();
        }

        if (Take("["))
        {
            return new RegexNode.Character(Class());
        }

        if (Take("."))
        {
            return new RegexNode.Character(Dot);
        }

        if (Take("^"))
        {
            return new RegexNode.Anchor(IsStart: true);
        }

        if (Take("$"))
        {
            return new RegexNode.Anchor(IsStart: false);
        }

        if (_text[_at] is '*' or '+' or '?' or '{')
        {
            throw Fail($"'{_text[_at]}' repeats nothing");
        }

        return new RegexNode.Character(Take("\\") ? Escape(inClass: false) : One(Next()));
    }

    private RegexNode Group()
    {
        if (Take("?"))
        {
            bool isNamed = Take("<") && More && _text[_at] is not ('=' or '!');
            if (isNamed)
            {
                int end = _text.IndexOf('>', _at);
                _at = end < 0 ? throw Fail("the name of the group has no >") : end + 1;
            }
            else if (!Take(":"))
            {
                throw Fail("a group that looks around, or with options, is not supported; supported: (…), (?:…), (?<name>…)");
            }
        }

        RegexNode inside = Choice();
        return Take(")") ? inside : throw Fail("a ( without its )");
    }

    private CodePoints Class()
    {
        bool negated = Take("^");
        var ranges = new List<(int, int)>();
        var set = CodePoints.None;
        while (!Take("]"))
        {
            bool isSet = IsSetEscape();
            CodePoints from = Take("\\") ? Escape(inClass: true) : One(Next());
            if (isSet || !More || _text[_at] != '-' || _at + 1 >= _text.Length || _text[_at + 1] == ']')
            {
                set = isSet ? set.Union(from) : set;
                ranges.AddRange(isSet ? [] : from.Ranges);
                continue;
            }

            _at++;
            if (IsSetEscape())
            {
                throw Fail("a range ends in a class of characters");
            }

            CodePoints to = Take("\\") ? Escape(inClass: true) : One(Next());
            (int first, int last) = (from.Ranges[0].First, to.Ranges[0].First);
            ranges.Add(first <= last ? (first, last) : throw Fail("a range of characters runs backwards"));
        }

        set = set.Union(CodePoints.Of(ranges));
        return negated ? set.Negate() : set;
    }

    private bool IsSetEscape() => _at + 1 < _text.Length && _text[_at] == '\\' && _text[_at + 1] is 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P';

    private CodePoints Escape(bool inClass)
    {
        int letter = Next();
        switch (letter)
        {
            case 'd': return Digits;
            case 'D': return Digits.Negate();
            case 'w': return Words;
            case 'W': return Words.Negate();
            case 's': return Spaces;
            case 'S': return Spaces.Negate();
            case 'p': return Property();
            case 'P': return Property().Negate();
            case 'n': return One('\n');
            case 'r': return One('\r');
            case 't': return One('\t');
            case 'f': return One('\f');
            case 'v': return One('\v');
            case '0': return One(0);
            case 'b' when inClass: return One('\b');
            case 'b' or 'B': throw Fail("the edge of a word (\\b) is not supported");
            case 'x': return One(Hex(2));
            case 'u': return One(Unit());
            case 'c' when More && char.IsAsciiLetter(_text[_at]): return One(_text[_at++] & 31);
            case >= '1' and <= '9' or 'k': throw Fail("references back to a group are not supported");
            default:
                return letter > 127 || !char.IsAsciiLetterOrDigit((char)letter) ? One(letter) : throw Fail($"the escape \\{(char)letter} is not known");
        }
    }

    private int Unit()
    {
        if (Take("{"))
        {
            int end = _text.IndexOf('}', _at);
            return end > _at && end - _at <= 6 ? Scalar(Hex(end - _at), close: true) : throw Fail("\\u{…} needs 1 to 6 hexadecimal digits");
        }

        int unit = Hex(4);
        if (char.IsHighSurrogate((char)unit) && Take("\\u"))
        {
            int low = Hex(4);
            return char.IsLowSurrogate((char)low) ? char.ConvertToUtf32((char)unit, (char)low) : throw Fail("half a surrogate pair");
        }

        return Scalar(unit, close: false);
    }

    private int Scalar(int value, bool close)
    {
        if (close)
        {
            _at++;
        }

        return Rune.IsValid(value) ? value : throw Fail("half a surrogate pair, or no character");
    }

    private int Hex(int digits)
    {
        if (_at + digits > _text.Length || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            throw Fail(string.Create(CultureInfo.InvariantCulture, $"{digits} hexadecimal digits are expected"));
        }

        _at += digits;
        return value;
    }

    private CodePoints Property()
    {
        int end = Take("{") ? _text.IndexOf('}', _at) : -1;
        if (end < 0)
        {
            throw Fail("\\p needs a property in braces");
        }

        string name = _text[_at..end];
        string value = name.StartsWith("gc=", StringComparison.Ordinal) ? name[3..] : name.StartsWith("General_Category=", StringComparison.Ordinal) ? name[17..] : name;
        CodePoints? set = value switch
        {
            "Any" => CodePoints.All,
            "ASCII" => CodePoints.Of((0, 127)),
            "Letter" => CodePoints.Category("L"),
            "Number" => CodePoints.Category("N"),
            "Punctuation" => CodePoints.Category("P"),
            "Symbol" => CodePoints.Category("S"),
            "Mark" => CodePoints.Category("M"),
            "Separator" => CodePoints.Category("Z"),
            _ => CodePoints.Category(value),
        };
        if (set is null)
        {
            throw Fail($"the property \\p{{{name}}} is not supported; supported: general categories, Any, ASCII");
        }

        _at = end + 1;
        return set;
    }

    private static CodePoints One(int scalar) => CodePoints.Of((scalar, scalar));
}
