using Panorama.Tokenization.Patterns;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>The steps of a <c>pre_tokenizer</c>.</summary>
/// <param name="Steps">The steps; those of ByteLevel without its alphabet.</param>
/// <param name="BytesAt">After how many steps text is written in the byte alphabet; -1: never.</param>
internal sealed record PreTokenizerSteps(List<PreTokenizer> Steps, int BytesAt);

/// <summary>Reads <c>pre_tokenizer</c>.</summary>
internal static class PreTokenizerReader
{
    private const string Known = "Sequence, ByteLevel, Split, Whitespace, WhitespaceSplit, BertPreTokenizer, Metaspace, Punctuation, CharDelimiterSplit, Digits, UnicodeScripts, FixedLength";

    /// <summary>Reads the part; absent is no step.</summary>
    public static PreTokenizerSteps Read(JsonPart part)
    {
        var steps = new List<PreTokenizer>();
        int bytesAt = -1;
        if (!part.IsAbsent) Collect(part, steps, ref bytesAt);
        if (steps.Count > PartLimits.MostSteps) throw part.Fail($"has {steps.Count} steps; at most {PartLimits.MostSteps} are allowed");
        return new PreTokenizerSteps(steps, bytesAt);
    }

    private static void Collect(JsonPart part, List<PreTokenizer> steps, ref int bytesAt)
    {
        switch (part.Kind())
        {
            case "Sequence":
                JsonPart[] parts = [.. part["pretokenizers"].Items()];
                int from = 0;
                if (IsDeepSeek(parts))
                {
                    steps.Add(new ScannerPreTokenizer(SplitPattern.DeepSeekV3));
                    from = SplitPatternText.DeepSeekV3.Length;
                }

                foreach (JsonPart step in parts.AsSpan(from)) Collect(step, steps, ref bytesAt);
                break;
            case "ByteLevel":
                if (part["add_prefix_space"].Flag(otherwise: true)) steps.Add(new PrefixSpacePreTokenizer());
                if (part["use_regex"].Flag(otherwise: true)) steps.Add(new ScannerPreTokenizer(SplitPattern.Gpt2));
                if (bytesAt >= 0) throw part.Fail("writes bytes in the alphabet a second time");
                bytesAt = steps.Count;
                break;
            case "BertPreTokenizer":
                steps.Add(new CharSplitter(CharSplitter.Space, SplitBehavior.Removed));
                steps.Add(new CharSplitter(CharSplitter.Punctuation, SplitBehavior.Isolated));
                break;
            default:
                steps.Add(ReadStep(part));
                break;
        }
    }

    private static PreTokenizer ReadStep(JsonPart part)
    {
        switch (part.Kind())
        {
            case "Split": return ReadSplit(part);
            case "Whitespace": return PatternSplitter.Words(SplitBehavior.Removed, invert: true);
            case "WhitespaceSplit": return new CharSplitter(CharSplitter.Space, SplitBehavior.Removed);
            case "Metaspace": return ReadMetaspace(part);
            case "Punctuation": return new CharSplitter(CharSplitter.Punctuation, part["behavior"].IsAbsent ? SplitBehavior.Isolated : Behavior(part["behavior"]));
            case "CharDelimiterSplit": return new TextSplitter(PartLimits.OneCharacter(part["delimiter"]), SplitBehavior.Removed, invert: false);
            case "Digits": return new CharSplitter(CharSet.Category("N")!, part["individual_digits"].Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous);
            case "UnicodeScripts": return new ScriptPreTokenizer();
            case "FixedLength":
                int length = part["length"].IsAbsent ? 5 : part["length"].Id();
                return length > 0 ? new FixedLengthPreTokenizer(length) : throw part["length"].Fail("is 0; at least 1 is needed");
            default: throw part["type"].Unsupported(Known);
        }
    }

    private static PreTokenizer ReadSplit(JsonPart split)
    {
        SplitBehavior behavior = Behavior(split["behavior"]);
        bool invert = split["invert"].Flag();
        JsonPart text = split["pattern"]["String"];
        if (!text.IsAbsent) return new TextSplitter(text.Text(), behavior, invert);
        JsonPart pattern = split["pattern"]["Regex"];
        if (pattern.IsAbsent) throw split["pattern"].Unsupported("{\"String\": …}, {\"Regex\": …}");
        // The known patterns leave no character out, so that keeping the matches and dropping the rest is the same as isolating them.
        bool isolates = invert ? behavior is SplitBehavior.Removed or SplitBehavior.Isolated : behavior == SplitBehavior.Isolated;
        return isolates && SplitPatternText.Find(pattern.Text()) is { } known ? new ScannerPreTokenizer(known) : new PatternSplitter(PartLimits.Compiled(pattern), behavior, invert);
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonPart part)
    {
        JsonPart scheme = part["prepend_scheme"];
        bool prefix = part["add_prefix_space"].Flag(otherwise: true); // files from before prepend_scheme
        PrependScheme prepend = scheme.IsAbsent ? (prefix ? PrependScheme.Always : PrependScheme.Never) : scheme.Text() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw scheme.Unsupported("always, first, never"),
        };
        return new MetaspacePreTokenizer(part["replacement"].IsAbsent ? "\u2581" : PartLimits.OneCharacter(part["replacement"]), prepend, part["split"].Flag(otherwise: true));
    }

    private static SplitBehavior Behavior(JsonPart part) => part.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw part.Unsupported("Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
    };

    private static bool IsDeepSeek(JsonPart[] parts)
    {
        string[] patterns = SplitPatternText.DeepSeekV3;
        if (parts.Length < patterns.Length) return false;
        for (int i = 0; i < patterns.Length; i++)
        {
            if (parts[i].Kind() != "Split" || parts[i]["behavior"].Text() != "Isolated" || parts[i]["invert"].Flag()) return false;
            JsonPart pattern = parts[i]["pattern"]["Regex"];
            if (pattern.IsAbsent || pattern.Text() != patterns[i]) return false;
        }

        return true;
    }
}
