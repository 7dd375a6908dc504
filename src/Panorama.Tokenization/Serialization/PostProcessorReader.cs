using Panorama.Tokenization.PostProcessors;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads <c>post_processor</c>: ByteLevel (which moves offsets only), TemplateProcessing, or a Sequence of them.</summary>
internal static class PostProcessorReader
{
    private const int MostTokens = 1024; // real templates add one or two

    /// <summary>What the part puts around a single sequence.</summary>
    public static SequenceTemplate Read(JsonPart part, int vocabularySize)
    {
        if (part.IsAbsent) return SequenceTemplate.None;
        var before = new List<int>();
        var after = new List<int>();
        Collect(part, before, after, vocabularySize);
        return new SequenceTemplate([.. before], [.. after], part.Value.GetRawText());
    }

    private static void Collect(JsonPart part, List<int> before, List<int> after, int vocabularySize)
    {
        switch (part.Kind())
        {
            case "ByteLevel":
                break;
            case "Sequence":
                foreach (JsonPart step in part["processors"].Items()) Collect(step, before, after, vocabularySize);
                break;
            case "TemplateProcessing":
                CollectTemplate(part, before, after, vocabularySize);
                break;
            default:
                throw part["type"].Unsupported("ByteLevel, TemplateProcessing, Sequence");
        }
    }

    private static void CollectTemplate(JsonPart part, List<int> before, List<int> after, int vocabularySize)
    {
        bool inText = false;
        var left = new List<int>();
        foreach (JsonPart piece in part["single"].Items())
        {
            if (!piece["Sequence"].IsAbsent)
            {
                if (inText) throw piece.Fail("is a second sequence in a template for one");
                inText = true;
                continue;
            }

            foreach (JsonPart id in part["special_tokens"][piece["SpecialToken"]["id"].Text()]["ids"].Items())
            {
                if (id.Id() >= vocabularySize) throw id.Fail($"is {id.Id()}, outside the vocabulary of {vocabularySize} tokens");
                if (before.Count + left.Count + after.Count >= MostTokens) throw part["single"].Fail($"adds more than {MostTokens} tokens");
                (inText ? after : left).Add(id.Id());
            }
        }

        before.InsertRange(0, left); // a later template goes around what an earlier one made
        if (!inText) throw part["single"].Fail("has no place for the text");
    }
}
