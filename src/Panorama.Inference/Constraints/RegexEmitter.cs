namespace Panorama.Inference.Constraints;

/// <summary>Emits regular expressions, as they are or as the inside of a JSON string.</summary>
/// <param name="builder">Takes the states.</param>
/// <param name="characters">Writes characters.</param>
internal sealed class RegexEmitter(GrammarBuilder builder, ICharacterEmitter characters)
{
    /// <summary>Emits an expression without anchors.</summary>
    public int Emit(int from, RegexNode node)
    {
        switch (node)
        {
            case RegexNode.Character character: return characters.Emit(from, character.Set);
            case RegexNode.Sequence sequence:
                foreach (RegexNode part in sequence.Parts)
                {
                    from = Emit(from, part);
                }

                return from;
            case RegexNode.Choice choice: return builder.Choice(from, choice.Parts.Select(part => (Func<int, int>)(start => Emit(start, part))));
            case RegexNode.Repeat repeat: return builder.Repeat(from, repeat.Least, repeat.Most, start => Emit(start, repeat.Part));
            default: throw new InvalidOperationException($"no states for {node.GetType()}");
        }
    }
}

/// <summary>Writes single characters of sets.</summary>
internal interface ICharacterEmitter
{
    /// <summary>Emits a character of a set.</summary>
    int Emit(int from, CodePoints set);
}

/// <summary>Characters as they are, in UTF-8.</summary>
/// <param name="builder">Takes the states.</param>
internal sealed class PlainCharacters(GrammarBuilder builder) : ICharacterEmitter
{
    // A set is taken apart once, and its longer characters are emitted once, however often an expression repeats it.
    private readonly Dictionary<CodePoints, ((int First, int Last)[] Ascii, int? Rule)> _parts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);

    /// <summary>Characters of one byte.</summary>
    public static CodePoints Ascii { get; } = CodePoints.Of((0, 0x7F));

    /// <summary>Characters of several bytes.</summary>
    public static CodePoints NotAscii { get; } = Ascii.Negate();

    /// <inheritdoc/>
    public int Emit(int from, CodePoints set)
    {
        if (!_parts.TryGetValue(set, out ((int First, int Last)[] Ascii, int? Rule) parts))
        {
            CodePoints others = set.Intersect(NotAscii);
            parts = (set.Intersect(Ascii).Ranges.ToArray(), others.IsEmpty ? null : Rule(others));
            _parts.Add(set, parts);
        }

        int end = builder.Node();
        foreach ((int first, int last) in parts.Ascii)
        {
            builder.Bytes(from, (byte)first, (byte)last, end);
        }

        if (parts.Rule is { } rule)
        {
            builder.Empty(builder.Call(from, rule), end);
        }

        return end;
    }

    private int Rule(CodePoints set)
    {
        string key = string.Join(' ', set.Ranges.ToArray());
        if (!_rules.TryGetValue(key, out int rule))
        {
            rule = builder.Rule(from => builder.Characters(from, set));
            _rules.Add(key, rule);
        }

        return rule;
    }
}

/// <summary>Characters as the inside of a JSON string has them: what must be escaped is, in one way.</summary>
/// <param name="builder">Takes the states.</param>
internal sealed class JsonCharacters(GrammarBuilder builder) : ICharacterEmitter
{
    private static readonly CodePoints Escaped = CodePoints.Of((0, 0x1F), ('"', '"'), ('\\', '\\'));
    private readonly PlainCharacters _plain = new(builder);
    private readonly Dictionary<CodePoints, (CodePoints Plain, int? Rule)> _parts = new(ReferenceEqualityComparer.Instance);

    /// <inheritdoc/>
    public int Emit(int from, CodePoints set)
    {
        if (!_parts.TryGetValue(set, out (CodePoints Plain, int? Rule) parts))
        {
            CodePoints escaped = set.Intersect(Escaped);
            parts = (set.Intersect(Plain), escaped.IsEmpty ? null : builder.Rule(start => Escapes(start, escaped)));
            _parts.Add(set, parts);
        }

        int end = _plain.Emit(from, parts.Plain);
        if (parts.Rule is { } rule)
        {
            builder.Empty(builder.Call(from, rule), end);
        }

        return end;
    }

    /// <summary>Characters that JSON strings hold as they are.</summary>
    public static CodePoints Plain { get; } = Escaped.Negate();

    /// <summary>A text as the inside of a JSON string.</summary>
    public static byte[] Text(string text)
    {
        var bytes = new List<byte>();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            bytes.AddRange(Escaped.Contains(rune.Value) ? Escape((char)rune.Value) : utf8[..rune.EncodeToUtf8(utf8)]);
        }

        return [.. bytes];
    }

    private int Escapes(int from, CodePoints set) => builder.Literals(from, set.Ranges.ToArray().SelectMany(static range => Enumerable.Range(range.First, range.Last - range.First + 1)).Select(static c => Escape((char)c).ToArray()));

    private static ReadOnlySpan<byte> Escape(char c) => c switch
    {
        '"' => "\\\""u8,
        '\\' => "\\\\"u8,
        '\n' => "\\n"u8,
        '\r' => "\\r"u8,
        '\t' => "\\t"u8,
        '\b' => "\\b"u8,
        '\f' => "\\f"u8,
        _ => System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")),
    };
}
