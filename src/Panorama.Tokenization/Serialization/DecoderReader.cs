using Panorama.Tokenization.Decoders;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads <c>decoder</c>.</summary>
internal static class DecoderReader
{
    private const string Known = "Sequence, ByteLevel, WordPiece, Metaspace, ByteFallback, Fuse, Strip, Replace, BPEDecoder, CTC";

    /// <summary>The decoder, or null for none.</summary>
    public static TokenDecoder? Read(JsonPart part)
    {
        if (part.IsAbsent) return null;
        var steps = new List<TokenDecoder>();
        Collect(part, steps);
        if (steps.Count > PartLimits.MostSteps) throw part.Fail($"has {steps.Count} steps; at most {PartLimits.MostSteps} are allowed");
        return steps.Count == 1 ? steps[0] : new SequenceDecoder([.. steps]);
    }

    private static void Collect(JsonPart part, List<TokenDecoder> steps)
    {
        if (part.Kind() != "Sequence")
        {
            steps.Add(ReadStep(part));
            return;
        }

        foreach (JsonPart step in part["decoders"].Items()) Collect(step, steps);
    }

    private static TokenDecoder ReadStep(JsonPart part)
    {
        switch (part.Kind())
        {
            case "ByteLevel": return new ByteLevelDecoder();
            case "WordPiece": return new WordPieceDecoder(part["prefix"].IsAbsent ? "##" : PartLimits.ShortText(part["prefix"]), part["cleanup"].Flag(otherwise: true));
            case "Metaspace":
                bool never = part["prepend_scheme"].IsAbsent ? !part["add_prefix_space"].Flag(otherwise: true) : part["prepend_scheme"].Text() == "never";
                return new MetaspaceDecoder(part["replacement"].IsAbsent ? "\u2581" : PartLimits.OneCharacter(part["replacement"]), !never);
            case "ByteFallback": return new ByteFallbackDecoder();
            case "Fuse": return new FuseDecoder();
            case "Strip":
                return new StripDecoder(PartLimits.OneCharacter(part["content"]).EnumerateRunes().First(), part["start"].Id(), part["stop"].Id());
            case "Replace": return new ReplaceDecoder(NormalizerReader.ReadReplace(part));
            case "BPEDecoder": return new SuffixDecoder(part["suffix"].IsAbsent ? "</w>" : PartLimits.ShortText(part["suffix"]));
            case "CTC":
                return new CtcDecoder(
                    part["pad_token"].IsAbsent ? "<pad>" : PartLimits.ShortText(part["pad_token"]),
                    part["word_delimiter_token"].IsAbsent ? "|" : PartLimits.ShortText(part["word_delimiter_token"]),
                    part["cleanup"].Flag(otherwise: true));
            default: throw part["type"].Unsupported(Known);
        }
    }
}
