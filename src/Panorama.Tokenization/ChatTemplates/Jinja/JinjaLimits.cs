namespace Panorama.Tokenization.ChatTemplates.Jinja;

/// <summary>
/// What a template may use up. Templates come with models from strangers: none of these depends on the template's good will.
/// The largest published templates have 50,000 characters and render a chat of 100 turns within 100,000 steps.
/// </summary>
public sealed record JinjaLimits
{
    /// <summary>Longest template, in characters.</summary>
    public int TemplateLength { get; init; } = 1 << 19;

    /// <summary>Most steps of a rendering: one for each part of an expression evaluated, each list item and each 8 characters made.</summary>
    public long Steps { get; init; } = 20_000_000;

    /// <summary>Deepest nesting of expressions, blocks and macro calls under way.</summary>
    public int Depth { get; init; } = 200;

    /// <summary>Longest text, rendered or made on the way, in characters.</summary>
    public int TextLength { get; init; } = 1 << 24;

    /// <summary>Most numbers of a <c>range</c>, as in Jinja's own sandbox.</summary>
    public int RangeLength { get; init; } = 100_000;
}
