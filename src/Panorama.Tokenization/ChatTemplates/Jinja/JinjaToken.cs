namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>Kinds of tokens.</summary>
internal enum JinjaTokenKind
{
    /// <summary>The end of the template.</summary>
    End,

    /// <summary>Text between tags.</summary>
    Data,

    /// <summary><c>{%</c>.</summary>
    BlockBegin,

    /// <summary><c>%}</c>.</summary>
    BlockEnd,

    /// <summary><c>{{</c>.</summary>
    VariableBegin,

    /// <summary><c>}}</c>.</summary>
    VariableEnd,

    /// <summary>A name or a word of the language.</summary>
    Name,

    /// <summary>A text in quotes; its value without them.</summary>
    Text,

    /// <summary>An integer.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Float,

    /// <summary>A sign.</summary>
    Operator,
}

/// <summary>A token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Value">Its text.</param>
/// <param name="Position">Where it starts.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Value, int Position)
{
    /// <summary>Whether it is this sign.</summary>
    public bool IsOperator(string sign) => Kind == JinjaTokenKind.Operator && Value == sign;

    /// <summary>Whether it is this word.</summary>
    public bool IsName(string name) => Kind == JinjaTokenKind.Name && Value == name;

    /// <summary>The token as messages show it.</summary>
    public string Shown => Kind switch
    {
        JinjaTokenKind.End => "the end of the template",
        JinjaTokenKind.Data => "text",
        JinjaTokenKind.Text => "a string",
        JinjaTokenKind.BlockEnd => "'%}'",
        JinjaTokenKind.VariableEnd => "'}}'",
        _ => $"'{Value}'",
    };
}
