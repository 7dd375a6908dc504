namespace Panorama.Inference.Constraints;

/// <summary>
/// The parts of JSON texts (RFC 8259). White space is bounded: after a colon one space; after an opening bracket, after a comma and
/// before a closing bracket one space, or a line end and up to 32 blanks. Numbers have at most 18 digits before the point, 17
/// behind it and 2 in the exponent, so that every reader can hold them.
/// </summary>
internal sealed class JsonGrammar
{
    private const int MostBlanks = 32, MostDigits = 18, MostDecimals = 17;
    private static readonly CodePoints PlainAscii = JsonCharacters.Plain.Intersect(PlainCharacters.Ascii);
    private readonly GrammarBuilder _builder;
    private readonly int _space, _character, _restOfString, _number, _integer, _object, _array;

    /// <summary>Prepares the rules.</summary>
    public JsonGrammar(GrammarBuilder builder)
    {
        _builder = builder;
        Characters = new JsonCharacters(builder);
        _space = builder.Rule(Blanks);
        _character = builder.Rule(CharacterBeyondAscii);
        _restOfString = builder.Rule(from => Close(builder.Repeat(from, 0, null, Character)));
        _number = builder.Rule(Number);
        _integer = builder.Rule(from => Digits(Optional(from, '-')));
        _object = builder.Rule(RestOfObject);
        _array = builder.Rule(RestOfArray);
    }

    /// <summary>Writes characters of sets inside of strings.</summary>
    public JsonCharacters Characters { get; }

    /// <summary>White space where lines may be broken.</summary>
    public int Space(int from) => _builder.Call(from, _space);

    /// <summary>The colon of a member, and a space.</summary>
    public int Colon(int from) => Optional(_builder.Literal(from, ":"u8), ' ');

    /// <summary>Any string.</summary>
    public int String(int from) => _builder.Call(_builder.Literal(from, "\""u8), _restOfString);

    /// <summary>A string of so many characters; an escape is one.</summary>
    public int String(int from, int least, int? most) => Close(_builder.Repeat(_builder.Literal(from, "\""u8), least, most, Character));

    /// <summary>A string whose content matches an expression without anchors.</summary>
    public int String(int from, RegexNode content) => Close(new RegexEmitter(_builder, Characters).Emit(_builder.Literal(from, "\""u8), content));

    /// <summary>Any number.</summary>
    public int AnyNumber(int from) => _builder.Call(from, _number);

    /// <summary>Any integer, without a point or an exponent.</summary>
    public int AnyInteger(int from) => _builder.Call(from, _integer);

    /// <summary>Any object.</summary>
    public int AnyObject(int from) => _builder.Call(_builder.Literal(from, "{"u8), _object);

    /// <summary>Any array.</summary>
    public int AnyArray(int from) => _builder.Call(_builder.Literal(from, "["u8), _array);

    /// <summary>Any value.</summary>
    public int Value(int from) => _builder.Choice(from, [String, AnyNumber, AnyObject, AnyArray, Word("true"), Word("false"), Word("null")]);

    /// <summary>A word of the language.</summary>
    public Func<int, int> Word(string word) => from => _builder.Literal(from, System.Text.Encoding.ASCII.GetBytes(word));

    /// <summary>The end of a string.</summary>
    public int Close(int from) => _builder.Literal(from, "\""u8);

    /// <summary>A character of a string as it is or escaped.</summary>
    private int Character(int from)
    {
        int end = Characters.Emit(from, PlainAscii);
        _builder.Empty(_builder.Call(from, _character), end);
        return end;
    }

    // Half a surrogate pair is no character: escapes of one come in pairs.
    private int CharacterBeyondAscii(int from)
    {
        int end = _builder.Characters(from, PlainCharacters.NotAscii);
        int escape = _builder.Literal(from, "\\"u8);
        foreach (byte letter in "\"\\/bfnrt"u8)
        {
            _builder.Bytes(escape, letter, letter, end);
        }

        int unit = _builder.Literal(escape, "u"u8);
        Hex(Hex(Hex(OneOf(unit, "0123456789ABCEFabcef"))), end);
        int surrogate = OneOf(unit, "Dd");
        Hex(Hex(OneOf(surrogate, "01234567")), end);
        int second = OneOf(_builder.Literal(Hex(Hex(OneOf(surrogate, "89ABab"))), "\\u"u8), "Dd");
        Hex(Hex(OneOf(second, "CDEFcdef")), end);
        return end;
    }

    private int Hex(int from, int? to = null) => OneOf(from, "0123456789ABCDEFabcdef", to);

    private int OneOf(int from, string characters, int? to = null) => _builder.Characters(from, CodePoints.Of(characters), to);

    private int Optional(int from, char character) => _builder.Optional(from, start => _builder.Literal(start, [(byte)character]));

    private int Blanks(int from)
    {
        int end = _builder.Repeat(_builder.Literal(from, "\n"u8), 0, MostBlanks, start => OneOf(start, " \t"));
        _builder.Bytes(from, (byte)' ', (byte)' ', end);
        _builder.Empty(from, end);
        return end;
    }

    private int Number(int from)
    {
        int at = Digits(Optional(from, '-'));
        at = _builder.Optional(at, start => _builder.Repeat(_builder.Literal(start, "."u8), 1, MostDecimals, Digit));
        return _builder.Optional(at, start => _builder.Repeat(_builder.Optional(OneOf(start, "eE"), sign => OneOf(sign, "+-")), 1, 2, Digit));
    }

    private int Digits(int from)
    {
        int end = _builder.Repeat(OneOf(from, "123456789"), 0, MostDigits - 1, Digit);
        _builder.Bytes(from, (byte)'0', (byte)'0', end);
        return end;
    }

    private int Digit(int from) => _builder.Bytes(from, (byte)'0', (byte)'9');

    private int RestOfObject(int from)
    {
        int end = _builder.Node(), member = _builder.Node();
        _builder.Empty(Space(from), member);
        int after = Value(Colon(String(member)));
        _builder.Empty(Space(_builder.Literal(after, ","u8)), member);
        _builder.Bytes(Space(after), (byte)'}', (byte)'}', end);
        _builder.Bytes(Space(from), (byte)'}', (byte)'}', end);
        return end;
    }

    private int RestOfArray(int from)
    {
        int end = _builder.Node(), item = _builder.Node();
        _builder.Empty(Space(from), item);
        int after = Value(item);
        _builder.Empty(Space(_builder.Literal(after, ","u8)), item);
        _builder.Bytes(Space(after), (byte)']', (byte)']', end);
        _builder.Bytes(Space(from), (byte)']', (byte)']', end);
        return end;
    }
}
