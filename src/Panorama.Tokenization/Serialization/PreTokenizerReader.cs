using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads <c>pre_tokenizer</c>: ByteLevel, or Sequence[Split(a known pattern), ByteLevel].</summary>
internal static class PreTokenizerReader
{
    private const string Supported = "ByteLevel, or Sequence of Split and ByteLevel with use_regex false";

    /// <summary>The pattern that the part describes.</summary>
    public static SplitPattern Read(JsonPart part)
    {
        if (part.IsAbsent) throw part.Fail($"is missing; supported: {Supported}");
        if (part.Kind() == "ByteLevel") return ReadByteLevel(part) ? SplitPattern.Gpt2 : throw part["use_regex"].Unsupported("true, unless a Split comes before");
        if (part.Kind() != "Sequence") throw part["type"].Unsupported(Supported);

        JsonPart[] steps = [.. part["pretokenizers"].Items()];
        string[] allowed = ["Split", "ByteLevel"];
        for (int i = 0; i < steps.Length; i++)
            if (i >= allowed.Length || steps[i].Kind() != allowed[i]) throw steps[i]["type"].Unsupported(Supported);
        if (steps.Length != allowed.Length) throw part["pretokenizers"].Fail($"has {steps.Length} parts; supported: {Supported}");
        if (ReadByteLevel(steps[1])) throw steps[1]["use_regex"].Unsupported("false after a Split");
        return ReadSplit(steps[0]);
    }

    private static SplitPattern ReadSplit(JsonPart split)
    {
        if (split["behavior"].Text() != "Isolated") throw split["behavior"].Unsupported("\"Isolated\"");
        if (split["invert"].Flag()) throw split["invert"].Unsupported("false");
        JsonPart pattern = split["pattern"]["Regex"];
        if (pattern.IsAbsent) throw split["pattern"].Unsupported("a Regex");
        return SplitPatternText.Find(pattern.Text()) ?? throw pattern.Fail($"is the pattern {JsonPart.Cut(pattern.Value.GetRawText())}, which is not known; known: those of GPT-2, Llama 3 (cl100k) and Qwen 2");
    }

    /// <summary>Checks a ByteLevel part and returns whether it splits by the GPT-2 pattern.</summary>
    private static bool ReadByteLevel(JsonPart part)
    {
        // A space put before the text could not be told from one of the text when decoding.
        if (part["add_prefix_space"].Flag(otherwise: true)) throw part["add_prefix_space"].Unsupported("false");
        return part["use_regex"].Flag(otherwise: true);
    }
}
