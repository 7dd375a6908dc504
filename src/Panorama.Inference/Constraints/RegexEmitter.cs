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
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Emit(int from, CodePoints set)
    {
        int end = builder.Node();
        builder.Characters(from, set.Intersect(Ascii), end);
        CodePoints others = set.Intersect(NotAscii);
        if (!others.IsEmpty)
        {
            builder.Empty(builder.Call(from, Rule(others)), end);
        }

        return end;
    }

    /// <summary>Characters of one byte.</summary>
    public static CodePoints Ascii { get; } = CodePoints.Of((0, 0x7F));

    /// <summary>Characters of several bytes.</summary>
    public static CodePoints NotAscii { get; } = Ascii.Negate();

    // A set is emitted once, however often an expression repeats it.
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

    /// <inheritdoc/>
    public int Emit(int from, CodePoints set)
    {
        int end = _plain.Emit(from, set.Intersect(Plain));
        foreach ((int first, int last) in set.Intersect(Escaped).Ranges)
        {
            for (int c = first; c <= last; c++)
            {
                builder.Empty(builder.Literal(from, Escape((char)c)), end);
            }
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
