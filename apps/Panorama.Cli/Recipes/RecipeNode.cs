namespace Panorama.Cli.Recipes;

/// <summary>A value as written, before it is bound to a type.</summary>
/// <param name="Origin">Where it was written.</param>
internal abstract record RecipeNode(Origin Origin);

/// <summary>A single value.</summary>
/// <param name="Text">The text without quotes.</param>
/// <param name="Quoted">Whether it was quoted: then it is text and never null.</param>
/// <param name="Origin">Where it was written.</param>
internal sealed record ScalarNode(string Text, bool Quoted, Origin Origin) : RecipeNode(Origin)
{
    /// <summary>Whether this is the null of the YAML core schema.</summary>
    public bool IsNull => !Quoted && Text is ("" or "~" or "null");
}

/// <summary>A list of values.</summary>
/// <param name="Items">The values in order.</param>
/// <param name="Origin">Where the list starts.</param>
internal sealed record ListNode(IReadOnlyList<RecipeNode> Items, Origin Origin) : RecipeNode(Origin);

/// <summary>Named values.</summary>
/// <param name="Entries">Names and values in order; no name occurs twice.</param>
/// <param name="Origin">Where the section starts.</param>
internal sealed record SectionNode(IReadOnlyList<KeyValuePair<string, RecipeNode>> Entries, Origin Origin) : RecipeNode(Origin);
