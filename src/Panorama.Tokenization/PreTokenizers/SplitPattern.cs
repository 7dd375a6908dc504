using System.Text.Encodings.Web;
using System.Text.Json;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>
/// How text is cut into words before merging. Each pattern is recognized by its exact regular expression and
/// runs as a hand-written scanner over UTF-8: linear in the text, no backtracking, no run-time code.
/// </summary>
public enum SplitPattern
{
    /// <summary>
    /// Llama 3 and cl100k: a word takes one leading character that is not a letter, digit or line end;
    /// digits in groups of up to three; line ends close a word. The default for training: in
    /// <c>System.Collections.BitArray</c> each dotted part is one word (GPT-2 makes a word of every dot), <c>Int32</c>
    /// and <c>Vector128</c> cost one token for the digits (Qwen2: two and three), and a run of Chinese is a word in
    /// all of them. At 32,768 tokens on 100 MB of API documentation: 5.97 bytes a token, Qwen2 5.93, GPT-2 5.13.
    /// </summary>
    Llama3,

    /// <summary>Qwen 2 to 3: as <see cref="Llama3"/>, but every digit is a word of its own.</summary>
    Qwen2,

    /// <summary>GPT-2: only a space may lead a word, digit runs have any length.</summary>
    Gpt2,

    /// <summary>GPT-4o (o200k): as <see cref="Llama3"/>, but a word ends before a capital, takes its marks, and a contraction ends it.</summary>
    Gpt4o,

    /// <summary>DeepSeek V3: digits in groups of up to three, runs of Chinese and Japanese alone, then much as <see cref="Llama3"/>.</summary>
    DeepSeekV3,
}

/// <summary>The regular expressions by which the patterns are known in files.</summary>
internal static class SplitPatternText
{
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Gpt4o =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The three expressions of <see cref="SplitPattern.DeepSeekV3"/>, applied one after the other.</summary>
    public static readonly string[] DeepSeekV3 =
    [
        @"\p{N}{1,3}",
        "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
    ];

    /// <summary>The exact expressions of a pattern, applied one after the other.</summary>
    public static string[] Of(SplitPattern pattern) => pattern switch
    {
        SplitPattern.Llama3 => [Llama3],
        SplitPattern.Qwen2 => [Qwen2],
        SplitPattern.Gpt4o => [Gpt4o],
        SplitPattern.DeepSeekV3 => DeepSeekV3,
        _ => [Gpt2],
    };

    /// <summary>The pattern with exactly this one expression, or null.</summary>
    public static SplitPattern? Find(string expression) => expression switch
    {
        Llama3 => SplitPattern.Llama3,
        Qwen2 => SplitPattern.Qwen2,
        Gpt2 => SplitPattern.Gpt2,
        Gpt4o => SplitPattern.Gpt4o,
        _ => null,
    };

    /// <summary>The <c>pre_tokenizer</c> that cuts by a pattern and writes bytes in the alphabet.</summary>
    public static string Json(SplitPattern pattern)
    {
        if (pattern == SplitPattern.Gpt2) return """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";
        IEnumerable<string> splits = Of(pattern).Select(static expression =>
            $$$"""{"type":"Split","pattern":{"Regex":"{{{JsonEncodedText.Encode(expression, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}}"},"behavior":"Isolated","invert":false}""");
        return $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', splits)}},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
    }
}
