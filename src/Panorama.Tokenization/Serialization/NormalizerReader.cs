using System.Text;
using Panorama.Tokenization.Normalizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads <c>normalizer</c>.</summary>
internal static class NormalizerReader
{
    private const string Known = "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Replace, Prepend, BertNormalizer, Nmt, Precompiled, ByteLevel";

    /// <summary>The normalizer, or null for none.</summary>
    public static Normalizer? Read(JsonPart part)
    {
        if (part.IsAbsent) return null;
        var steps = new List<Normalizer>();
        Collect(part, steps);
        return steps.Count switch
        {
            0 => null,
            1 => steps[0],
            <= PartLimits.MostSteps => new SequenceNormalizer([.. steps]),
            _ => throw part.Fail($"has {steps.Count} steps; at most {PartLimits.MostSteps} are allowed"),
        };
    }

    private static void Collect(JsonPart part, List<Normalizer> steps)
    {
        if (part.Kind() != "Sequence")
        {
            steps.Add(ReadStep(part));
            return;
        }

        foreach (JsonPart step in part["normalizers"].Items()) Collect(step, steps);
    }

    private static Normalizer ReadStep(JsonPart part)
    {
        switch (part.Kind())
        {
            case "NFC": return new FormNormalizer(NormalizationForm.FormC);
            case "NFD": return new FormNormalizer(NormalizationForm.FormD);
            case "NFKC": return new FormNormalizer(NormalizationForm.FormKC);
            case "NFKD": return new FormNormalizer(NormalizationForm.FormKD);
            case "Lowercase": return new LowercaseNormalizer();
            case "Strip": return new StripNormalizer(part["strip_left"].Flag(otherwise: true), part["strip_right"].Flag(otherwise: true));
            case "StripAccents": return new StripAccentsNormalizer();
            case "Replace": return ReadReplace(part);
            case "Prepend": return new PrependNormalizer(PartLimits.ShortText(part["prepend"]));
            case "Nmt": return new NmtNormalizer();
            case "ByteLevel": return new ByteLevelNormalizer();
            case "BertNormalizer":
                bool lowercase = part["lowercase"].Flag(otherwise: true);
                return new BertNormalizer(part["clean_text"].Flag(otherwise: true), part["handle_chinese_chars"].Flag(otherwise: true), part["strip_accents"].Flag(otherwise: lowercase), lowercase);
            case "Precompiled":
                return new PrecompiledNormalizer(CharsMap.Read(part["precompiled_charsmap"].Base64()) ?? throw part["precompiled_charsmap"].Fail($"is no table of replacements: {CharsMap.Rule}"));
            default: throw part["type"].Unsupported(Known);
        }
    }

    /// <summary>Reads the members of a Replace, of a normalizer or a decoder.</summary>
    public static Normalizer ReadReplace(JsonPart part)
    {
        string content = PartLimits.ShortText(part["content"]);
        JsonPart text = part["pattern"]["String"];
        if (!text.IsAbsent) return new ReplaceNormalizer(text.Text(), content);
        return new PatternReplaceNormalizer(PartLimits.Compiled(part["pattern"]["Regex"]), content);
    }
}
