using Panorama.Tokenization.PostProcessors;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads <c>post_processor</c>. ByteLevel moves offsets only, which nothing here has.</summary>
internal static class PostProcessorReader
{
    private const int MostTokens = 1024; // real templates add a handful

    /// <summary>What the part puts around sequences.</summary>
    public static SequenceTemplate Read(JsonPart part, int vocabularySize) =>
        part.IsAbsent ? SequenceTemplate.None : Apply(part, SequenceTemplate.None, vocabularySize);

    // A later processor goes around what an earlier one made.
    private static SequenceTemplate Apply(JsonPart part, SequenceTemplate inner, int size)
    {
        switch (part.Kind())
        {
            case "ByteLevel":
                return inner;
            case "Sequence":
                foreach (JsonPart step in part["processors"].Items()) inner = Apply(step, inner, size);
                return inner;
            case "BertProcessing":
                return Around(part, inner, size, doubled: false);
            case "RobertaProcessing":
                return Around(part, inner, size, doubled: true);
            case "TemplateProcessing":
                return new SequenceTemplate(
                    Limited(part["single"], SequenceTemplate.Fill(Template(part, part["single"], size, pair: false), inner.Single, [])),
                    part["pair"].IsAbsent || !part["pair"].Items().Any()
                        ? inner.Pair
                        : Limited(part["pair"], SequenceTemplate.Fill(Template(part, part["pair"], size, pair: true), [SequenceTemplate.First], [SequenceTemplate.Second])));
            default:
                throw part["type"].Unsupported("Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing");
        }
    }

    private static SequenceTemplate Around(JsonPart part, SequenceTemplate inner, int size, bool doubled)
    {
        (int begin, int end) = (Token(part["cls"]), Token(part["sep"]));
        int[] between = doubled ? [end, end] : [end];
        return new SequenceTemplate([begin, .. inner.Single, end], [begin, SequenceTemplate.First, .. between, SequenceTemplate.Second, end]);

        int Token(JsonPart pair)
        {
            JsonPart[] items = [.. pair.Items()];
            return items.Length == 2 ? Checked(items[1], size) : throw pair.Fail($"is {pair.Shown()}, not [\"token\", id]");
        }
    }

    private static int[] Template(JsonPart part, JsonPart template, int size, bool pair)
    {
        var pieces = new List<int>();
        foreach (JsonPart piece in template.Items())
        {
            if (!piece["Sequence"].IsAbsent)
            {
                bool second = piece["Sequence"]["id"].Text() == "B";
                if (second && !pair) throw piece.Fail("is a second sequence in a template for one");
                int place = second ? SequenceTemplate.Second : SequenceTemplate.First;
                if (pieces.Contains(place)) throw piece.Fail("has the same sequence a second time");
                pieces.Add(place);
                continue;
            }

            foreach (JsonPart id in part["special_tokens"][piece["SpecialToken"]["id"].Text()]["ids"].Items())
            {
                if (pieces.Count > MostTokens) throw template.Fail($"adds more than {MostTokens} tokens");
                pieces.Add(Checked(id, size));
            }
        }

        if (!pieces.Contains(SequenceTemplate.First)) throw template.Fail("has no place for the text");
        return [.. pieces];
    }

    private static int Checked(JsonPart id, int size) => id.Id() < size ? id.Id() : throw id.Fail($"is {id.Id()}, outside the vocabulary of {size} tokens");

    private static int[] Limited(JsonPart template, int[] pieces) => pieces.Length <= MostTokens + 2 ? pieces : throw template.Fail($"adds more than {MostTokens} tokens");
}
