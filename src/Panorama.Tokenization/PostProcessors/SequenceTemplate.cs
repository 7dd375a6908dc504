namespace Panorama.Tokenization.PostProcessors;

/// <summary>What a tokenizer puts around a single sequence when special tokens are asked for.</summary>
/// <param name="Before">Ids before the text.</param>
/// <param name="After">Ids after the text.</param>
/// <param name="Json">The <c>post_processor</c> as it was read, for writing it back; null for none.</param>
internal sealed record SequenceTemplate(int[] Before, int[] After, string? Json)
{
    /// <summary>Adds nothing.</summary>
    public static SequenceTemplate None { get; } = new([], [], Json: null);
}
