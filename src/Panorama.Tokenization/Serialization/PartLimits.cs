using Panorama.Core.Errors;
using Panorama.Tokenization.Patterns;

namespace Panorama.Tokenization.Serialization;

/// <summary>Bounds of what a file may ask for: published files stay far below them, hostile ones cannot exhaust memory or time.</summary>
internal static class PartLimits
{
    /// <summary>The most steps of a normalizer, pre-tokenizer or decoder.</summary>
    public const int MostSteps = 64;

    /// <summary>The longest text that a step puts in, in UTF-16 units.</summary>
    public const int LongestText = 64;

    /// <summary>
    /// The longest token, in UTF-16 units, or in bytes where a file has bytes: models look so far ahead from every place of a text.
    /// Published vocabularies have runs of spaces and separators of 128 bytes, 256 in the byte alphabet.
    /// </summary>
    public const int LongestToken = 1024;

    /// <summary>The highest <c>max_input_chars_per_word</c>; published files have 100.</summary>
    public const int LongestWord = 1 << 16;

    private const int LongestPattern = 16_384;

    /// <summary>A text that a step puts in for each place it finds.</summary>
    public static string ShortText(JsonPart part)
    {
        string text = part.Text();
        return text.Length <= LongestText ? text : throw part.Fail($"has {text.Length} characters; at most {LongestText} are allowed");
    }

    /// <summary>Refuses a token that is too long; <paramref name="name"/> is what the file calls it.</summary>
    public static string CheckedToken(string file, string token, string name) => token.Length <= LongestToken
        ? token
        : throw new InvalidFileException(file, $"{name} \"{JsonPart.Cut(token)}\" has {token.Length} characters; at most {LongestToken} are allowed.");

    /// <summary>A text of exactly one character.</summary>
    public static string OneCharacter(JsonPart part)
    {
        string text = part.Text();
        return text.EnumerateRunes().Count() == 1 ? text : throw part.Fail($"is {part.Shown()}, not one character");
    }

    /// <summary>A regular expression.</summary>
    public static Pattern Compiled(JsonPart part)
    {
        string text = part.Text();
        if (text.Length > LongestPattern) throw part.Fail($"has {text.Length} characters; at most {LongestPattern} are allowed");
        try
        {
            return new Pattern(text);
        }
        catch (PatternException e)
        {
            throw part.Fail($"is the regular expression {part.Shown()}, which {e.Message}");
        }
    }
}
