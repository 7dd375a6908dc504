using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Tokenization;

namespace Panorama.Training;

/// <summary>The control tokens of the models trained here.</summary>
public static class SpecialTokens
{
    /// <summary>Starts every document, and so ends the one before.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Starts a chat message.</summary>
    public const string MessageStart = "<|im_start|>";

    /// <summary>Ends a chat message.</summary>
    public const string MessageEnd = "<|im_end|>";

    /// <summary>The least tokens of a tokenizer for such models: the 256 bytes, the control tokens, and one merge.</summary>
    public const int SmallestVocabulary = 260;

    /// <summary>The most tokens of a tokenizer trained here.</summary>
    public const int LargestVocabulary = 1 << 20;

    /// <summary>All of them, in the order of their ids.</summary>
    public static IReadOnlyList<string> All { get; } = [EndOfText, MessageStart, MessageEnd];

    /// <summary>Returns the size of a tokenizer to train when it is allowed.</summary>
    /// <param name="vocabularySize">The size asked for.</param>
    /// <exception cref="InputException">It is not.</exception>
    public static int CheckedVocabulary(int vocabularySize) =>
        Require.That(vocabularySize is >= SmallestVocabulary and <= LargestVocabulary, vocabularySize, "vocabulary_size", "260 to 1,048,576");

    /// <summary>Their ids in a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <exception cref="InputException">It lacks the end of text.</exception>
    public static SpecialTokenIds Of(Tokenizer tokenizer)
    {
        int end = tokenizer.TokenToId(EndOfText)
            ?? throw new InputException($"The tokenizer has no {EndOfText} token, which separates documents. Train one with 'panorama tokenizer train', or add the token.");
        int? messageEnd = tokenizer.TokenToId(MessageEnd);
        return new SpecialTokenIds { Bos = end, Eos = messageEnd is { } id ? [end, id] : [end], Pad = end };
    }
}
