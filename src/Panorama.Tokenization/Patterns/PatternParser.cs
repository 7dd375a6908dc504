using System.Globalization;
using System.Text;

namespace Panorama.Tokenization.Patterns;

/// <summary>
/// Reads regular expressions as tokenizer files have them: the syntax of Oniguruma without back references, recursion, conditions
/// and long lookbehinds. What is not known is refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int Deepest = 64;
    private const int MostRepeats = 1000;
    private readonly string _text;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _inClass;

    private PatternParser(string text) => _text = text;

    /// <summary>Reads an expression.</summary>
    /// <exception cref="PatternException">It is malformed or has a part that is not supported.</exception>
    public static PatternNode Parse(string text)
    {
        var parser = new PatternParser(text);
        PatternNode node = parser.Choice();
        return parser._at == text.Length ? node : throw parser.Fail("a ) without its (");
    }

    private bool More => _at < _text.Length;

    private PatternException Fail(string what) => new($"has {what} at character {_at + 1}");

    private bool Take(string expected)
    {
        if (!_text.AsSpan(_at).StartsWith(expected, StringComparison.Ordinal)) return false;
        _at += expected.Length;
        return true;
    }

    private int Next()
    {
        if (!More) throw Fail("an end too early");
        bool pair = char.IsHighSurrogate(_text[_at]) && _at + 1 < _text.Length && char.IsLowSurrogate(_text[_at + 1]);
        int scalar = pair ? char.ConvertToUtf32(_text[_at], _text[_at + 1]) : _text[_at];
        _at += pair ? 2 : 1;
        return scalar;
    }

    private PatternNode Choice()
    {
        if (++_depth > Deepest) throw Fail($"groups nested more than {Deepest} deep");
        bool ignoreCase = _ignoreCase;
        var parts = new List<PatternNode>();
        do parts.Add(Sequence());
        while (Take("|"));
        _ignoreCase = ignoreCase; // an option holds to the end of its group
        _depth--;
        return parts.Count == 1 ? parts[0] : new PatternNode.Choice(parts);
    }

    private PatternNode.Sequence Sequence()
    {
        var parts = new List<PatternNode>();
        while (More && _text[_at] is not ('|' or ')'))
        {
            if (Atom() is { } atom) parts.Add(Repeats(atom));
        }

        return new PatternNode.Sequence(parts);
    }

    private PatternNode Repeats(PatternNode atom)
    {
        for (int repeats = 0; More; repeats++)
        {
            (int least, int most, bool braces) = (0, int.MaxValue, false);
            if (Take("*")) { }
            else if (Take("+")) least = 1;
            else if (Take("?")) most = 1;
            else if (_text[_at] == '{' && Braces(out least, out most)) braces = true;
            else break;

            if (repeats == 2) throw Fail("repeats of repeats of repeats");
            bool lazy = Take("?");
            var repeat = new PatternNode.Repeat(atom, least, most, !lazy);
            // After braces a plus repeats again, as Oniguruma has it.
            atom = !lazy && !braces && Take("+") ? new PatternNode.Atomic(repeat) : repeat;
        }

        return atom;
    }

    private bool Braces(out int least, out int most)
    {
        (least, most) = (0, 0);
        int end = _text.IndexOf('}', _at);
        if (end < 0) return false;
        string[] numbers = _text[(_at + 1)..end].Split(',');
        if (numbers.Length > 2 || (numbers[0].Length == 0 && (numbers.Length == 1 || numbers[1].Length == 0))) return false;
        if (numbers.Any(static n => n.Any(static c => !char.IsAsciiDigit(c)))) return false;
        least = Count(numbers[0], 0);
        most = numbers.Length == 1 ? least : numbers[1].Length == 0 ? int.MaxValue : Count(numbers[1], 0);
        if (least > most) throw Fail("a repeat of more than its limit");
        _at = end + 1;
        return true;

        int Count(string number, int otherwise)
        {
            if (number.Length == 0) return otherwise;
            return number.Length <= 4 && int.Parse(number, CultureInfo.InvariantCulture) is <= MostRepeats and var count ? count : throw Fail($"more than {MostRepeats} repeats");
        }
    }

    private PatternNode? Atom()
    {
        if (Take("(")) return Group();
        if (_text[_at] == '[')
        {
            _inClass = true;
            CharSet set = PatternClass();
            _inClass = false;
            return One(set);
        }

        if (Take(".")) return new PatternNode.One(CharSet.Of(('\n', '\n')).Negate());
        if (Take("^")) return new PatternNode.At(PatternPlace.LineStart);
        if (Take("$")) return new PatternNode.At(PatternPlace.LineEnd);
        if (_text[_at] is '*' or '+' or '?') throw Fail("a repeat of nothing");
        if (!Take("\\")) return One(CharSet.Of([Next()]));
        if (!More) throw Fail("an end after a backslash");
        PatternPlace? place = _text[_at] switch
        {
            'A' => PatternPlace.TextStart,
            'z' => PatternPlace.TextEnd,
            'Z' => PatternPlace.LastLineEnd,
            'b' => PatternPlace.WordEdge,
            'B' => PatternPlace.NoWordEdge,
            _ => null,
        };
        if (place is null) return One(Escape());
        _at++;
        return new PatternNode.At(place.Value);
    }

    private PatternNode.One One(CharSet set) => new(_ignoreCase ? set.IgnoreCase() : set);

    private PatternNode? Group()
    {
        PatternNode node;
        if (!Take("?")) node = Choice(); // a capture: its text is not used
        else if (Take(":")) node = Choice();
        else if (Take(">")) node = new PatternNode.Atomic(Choice());
        else if (Take("=")) node = new PatternNode.LookAhead(Choice(), Negative: false);
        else if (Take("!")) node = new PatternNode.LookAhead(Choice(), Negative: true);
        else if (Take("<=")) node = Behind(negative: false);
        else if (Take("<!")) node = Behind(negative: true);
        else if (Take("#"))
        {
            while (More && _text[_at] != ')') _at++;
            node = new PatternNode.Sequence([]);
        }
        else
        {
            bool before = _ignoreCase;
            Options();
            if (Take(")")) return null; // to the end of the group around
            if (!Take(":")) throw Fail("a group of a kind that is not supported; supported: (…), (?:…), (?i:…), (?>…), (?=…), (?!…), and (?<=…), (?<!…) of one character");
            node = Choice();
            _ignoreCase = before;
        }

        return Take(")") ? node : throw Fail("a ( without its )");
    }

    private void Options()
    {
        bool on = true;
        while (More && _text[_at] is '-' or 'i' or 's' or 'm' or 'u')
        {
            char option = _text[_at++];
            if (option == '-') on = false;
            else if (option == 'i') _ignoreCase = on;
            else if (option != 'u') throw Fail($"the option {option}, which is not supported; supported: i");
        }
    }

    private PatternNode.LookBehind Behind(bool negative)
    {
        PatternNode part = Choice();
        while (part is PatternNode.Sequence { Parts: [var only] }) part = only;
        if (part is PatternNode.Choice choice && choice.Parts.All(static p => p is PatternNode.Sequence { Parts: [PatternNode.One] }))
            part = new PatternNode.One(choice.Parts.Aggregate(CharSet.Empty, static (set, p) => set.Union(((PatternNode.One)((PatternNode.Sequence)p).Parts[0]).Set)));
        return part is PatternNode.One one ? new PatternNode.LookBehind(one.Set, negative) : throw Fail("a lookbehind of more than one character, which is not supported");
    }

    // Oniguruma's classes: nested ones are joined, && intersects.
    private CharSet PatternClass()
    {
        if (++_depth > Deepest) throw Fail($"classes nested more than {Deepest} deep");
        _at++;
        bool negative = Take("^");
        (CharSet set, CharSet? left) = (CharSet.Empty, null);
        var ranges = new List<(int, int)>();
        for (bool first = true; ; first = false)
        {
            if (!More) throw Fail("a [ without its ]");
            if (!first && Take("]")) break;
            if (Take("&&"))
            {
                Close();
                left = left is null ? set : left.Intersect(set);
                set = CharSet.Empty;
            }
            else if (_text.AsSpan(_at).StartsWith("[:", StringComparison.Ordinal) && _text.IndexOf(":]", _at, StringComparison.Ordinal) is > 0 and var end)
            {
                string name = _text[(_at + 2)..end];
                _at = end + 2;
                set = set.Union(Posix(name));
            }
            else if (_text[_at] == '[')
            {
                set = set.Union(PatternClass());
            }
            else
            {
                Item(ref set, ranges);
            }
        }

        Close();
        _depth--;
        if (left is not null) set = left.Intersect(set);
        return negative ? (_ignoreCase ? set.IgnoreCase() : set).Negate() : set;

        void Close()
        {
            set = set.Union(CharSet.Of(ranges));
            ranges.Clear();
        }
    }

    private void Item(ref CharSet set, List<(int, int)> ranges)
    {
        CharSet item = Take("\\") ? Escape() : CharSet.Of([Next()]);
        if (item.Ranges.Length != 1 || item.Ranges[0].First != item.Ranges[0].Last)
        {
            set = set.Union(item);
            return;
        }

        int from = item.Ranges[0].First, to = from;
        if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] is not (']' or '['))
        {
            int back = _at++;
            CharSet last = Take("\\") ? Escape() : CharSet.Of([Next()]);
            if (last.Ranges.Length == 1 && last.Ranges[0].First == last.Ranges[0].Last) to = last.Ranges[0].First;
            else _at = back; // a hyphen before a class is a hyphen
        }

        if (to < from) throw Fail("a range that ends before it begins");
        ranges.Add((from, to));
    }

    private CharSet Posix(string name)
    {
        bool negative = name.StartsWith('^');
        CharSet? set = name.TrimStart('^') switch
        {
            "digit" => CharSet.Category("Nd"),
            "space" => CharSet.Space,
            "upper" => CharSet.Category("Lu"),
            "lower" => CharSet.Category("Ll"),
            "punct" => CharSet.Category("P")!.Union(CharSet.Of("$+<=>^`|~".Select(static c => (int)c))),
            "word" => CharSet.WordInClass,
            "xdigit" => CharSet.Of(('0', '9'), ('a', 'f'), ('A', 'F')),
            _ => null,
        };
        if (set is null) throw Fail($"the class [:{name}:], which is not known");
        return negative ? set.Negate() : set;
    }

    private CharSet Escape()
    {
        int letter = Next();
        switch (letter)
        {
            case 's': return CharSet.Space;
            case 'S': return CharSet.Space.Negate();
            case 'd': return CharSet.Category("Nd")!;
            case 'D': return CharSet.Category("Nd")!.Negate();
            case 'w': return _inClass ? CharSet.WordInClass : CharSet.WordAlone;
            case 'W': return (_inClass ? CharSet.WordInClass : CharSet.WordAlone).Negate();
            case 'p': return Property(negative: false);
            case 'P': return Property(negative: true);
            case 'r': return CharSet.Of(['\r']);
            case 'n': return CharSet.Of(['\n']);
            case 't': return CharSet.Of(['\t']);
            case 'f': return CharSet.Of(['\f']);
            case 'v': return CharSet.Of(['\v']);
            case 'e': return CharSet.Of([0x1B]);
            case '0': return CharSet.Of([0]);
            case 'x': return CharSet.Of([More && _text[_at] == '{' ? Hex(Until('{', '}')) : Hex(Digits(2))]);
            case 'u': return CharSet.Of([More && _text[_at] == '{' ? Hex(Until('{', '}')) : Hex(Digits(4))]);
            case 'U': return CharSet.Of([Hex(Digits(8))]);
            default:
                if (letter < 128 && char.IsAsciiLetterOrDigit((char)letter)) throw Fail($"\\{(char)letter}, which is not supported");
                return CharSet.Of([letter]);
        }
    }

    private CharSet Property(bool negative)
    {
        string name = More && _text[_at] == '{' ? Until('{', '}') : Digits(1);
        if (name.StartsWith('^')) (name, negative) = (name[1..], !negative);
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string value = equals < 0 ? name : name[(equals + 1)..];
        CharSet? set = value switch
        {
            "Letter" => CharSet.Category("L"),
            "Number" => CharSet.Category("N"),
            "Mark" => CharSet.Category("M"),
            "Punctuation" or "Punct" => CharSet.Category("P"),
            "Symbol" => CharSet.Category("S"),
            "Space" or "White_Space" => CharSet.Space,
            "Any" => CharSet.All,
            _ => CharSet.Category(value) ?? (Unicode.Scripts.Ranges(value) is { } ranges ? CharSet.Of(ranges) : null),
        };
        if (set is null) throw Fail($"the property \\p{{{name}}}, which is not known");
        return negative ? set.Negate() : set;
    }

    private string Until(char open, char close)
    {
        int end = _text.IndexOf(close, _at);
        if (end < 0) throw Fail($"a {open} without its {close}");
        string inside = _text[(_at + 1)..end];
        _at = end + 1;
        return inside;
    }

    private string Digits(int count)
    {
        if (_at + count > _text.Length) throw Fail("an end too early");
        _at += count;
        return _text[(_at - count)..(_at)];
    }

    private int Hex(string digits) =>
        digits.Length is > 0 and <= 8 && uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint scalar) && Rune.IsValid(scalar)
            ? (int)scalar
            : throw Fail($"the code point {digits}, which is none");
}
