using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>
/// The patterns that GGUF files call by name (<c>tokenizer.ggml.pre</c>), with the defaults that go with a name; the names and what
/// they stand for are those of llama.cpp.
/// </summary>
/// <param name="Names">The names; the first is the one written.</param>
/// <param name="Json">The <c>pre_tokenizer</c> of <c>tokenizer.json</c>.</param>
/// <param name="IgnoreMerges">Whether a word that is a token is taken as it is.</param>
/// <param name="AddsBos">Whether a text begins with its token where the file does not say.</param>
internal sealed record GgufPreTokenizer(string[] Names, string Json, bool IgnoreMerges = false, bool AddsBos = false)
{
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // Letters by case, without the contractions of GPT-4o, and every digit alone.
    private const string TekkenWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>All that are known.</summary>
    public static IReadOnlyList<GgufPreTokenizer> All { get; } =
    [
        new(["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "exaone4"], SplitPatternText.Json(SplitPattern.Gpt2)),
        new(["llama-bpe", "llama3", "llama-v3", "pixtral", "falcon3", "falcon-h1", "lfm2"], SplitPatternText.Json(SplitPattern.Llama3), IgnoreMerges: true, AddsBos: true),
        new(["smaug-bpe", "dbrx", "glm4", "chatglm-bpe"], SplitPatternText.Json(SplitPattern.Llama3)),
        new(["qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan", "grok-2", "solar-open"], SplitPatternText.Json(SplitPattern.Qwen2)),
        new(["gpt-4o", "llama4"], SplitPatternText.Json(SplitPattern.Gpt4o)),
        new(["deepseek-v3", "hunyuan-dense"], SplitPatternText.Json(SplitPattern.DeepSeekV3)),
        new(["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"],
            """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}"""),
        new(["tekken"], Splits(TekkenWords), IgnoreMerges: true, AddsBos: true),
        new(["falcon"], Splits(@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Words, "[0-9][0-9][0-9]")),
        new(["default", ""], Splits(@"[\p{P}\$\+<=>\^~\|]+", Gpt2Words, @"\p{N}+", "[0-9][0-9][0-9]")),
    ];

    /// <summary>Finds a pattern by name.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="name">The name; <see langword="null"/>: the default of the format.</param>
    /// <exception cref="InvalidFileException">The name is not known.</exception>
    public static GgufPreTokenizer Find(string file, string? name) => All.FirstOrDefault(known => known.Names.Contains(name ?? "default", StringComparer.Ordinal))
        ?? throw new InvalidFileException(file, $"its tokenizer cuts text by the pattern \"{JsonPart.Cut(name!)}\" (tokenizer.ggml.pre), which is not known; known: {string.Join(", ", All.SelectMany(static known => known.Names).Where(static known => known.Length > 0))}.");

    /// <summary>Finds the pattern of a tokenizer; of two that differ in <see cref="IgnoreMerges"/> alone, the one that has it right, or else the other.</summary>
    /// <param name="json">The <c>pre_tokenizer</c>.</param>
    /// <param name="ignoreMerges">Whether the tokenizer takes a word that is a token as it is.</param>
    /// <returns>The pattern, or null when it has no name.</returns>
    public static GgufPreTokenizer? Find(string json, bool ignoreMerges)
    {
        string wanted = Canonical(json);
        return All.Where(known => Canonical(known.Json) == wanted).OrderByDescending(known => known.IgnoreMerges == ignoreMerges).FirstOrDefault();
    }

    // Offsets are never computed, and a prefix not wanted need not be said: what is left decides.
    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        var part = new JsonPart("", "", document.RootElement);
        if (part.IsAbsent) return "";
        JsonPart[] steps = part.Kind() == "Sequence" ? [.. part["pretokenizers"].Items()] : [part];
        return string.Join('\n', steps.SelectMany(Canonical));
    }

    private static IEnumerable<string> Canonical(JsonPart step)
    {
        switch (step.Kind())
        {
            case "ByteLevel":
                if (step["add_prefix_space"].Flag(otherwise: true)) yield return "prefix";
                if (step["use_regex"].Flag(otherwise: true)) yield return $"isolate {Gpt2Words}";
                yield return "bytes";
                break;
            case "Split" when !step["pattern"]["Regex"].IsAbsent && step["behavior"].Text() == "Isolated" && !step["invert"].Flag():
                yield return $"isolate {step["pattern"]["Regex"].Text()}";
                break;
            case "Digits" when step["individual_digits"].Flag():
                yield return "digits";
                break;
            default:
                yield return step.Value.GetRawText();
                break;
        }
    }

    private static string Splits(params string[] expressions)
    {
        IEnumerable<string> splits = expressions.Select(static expression =>
            $$$"""{"type":"Split","pattern":{"Regex":"{{{JsonEncodedText.Encode(expression, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}}"},"behavior":"Isolated","invert":false}""");
        return $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', splits)}},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
    }
}
