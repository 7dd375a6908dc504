using System.Text;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>
/// The tokens that end a text or a turn. The format has keys for three, of which many files have one; readers find the others by
/// their text. This project's own key lists all, and then no text is looked at.
/// </summary>
internal static class EndTokens
{
    private const string OwnKey = "panorama.eos_token_ids";
    private const int Control = 3;

    private static readonly string[] Keys = ["eos_token_id", "eot_token_id", "eom_token_id"];

    private static readonly byte[][] Texts =
    [
        .. ((string[])["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<|eom_id|>", "<EOT>", "</s>"]).Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Reads them, the one of the file's own key first.</summary>
    public static IReadOnlyList<int> Read(GgufFile file)
    {
        var ends = new List<int>();
        if (file.Metadata.FindNumbers<int>(OwnKey) is { } listed)
        {
            return listed;
        }

        foreach (string key in Keys)
        {
            if (TokenizerMetadata.Id(file, key) is { } id && !ends.Contains(id))
            {
                ends.Add(id);
            }
        }

        if (file.Metadata.FindStrings("tokenizer.ggml.tokens") is not { } tokens || file.Metadata.FindNumbers<int>("tokenizer.ggml.token_type") is not { } types)
        {
            return ends;
        }

        for (int id = 0; id < Math.Min(tokens.Count, types.Length); id++)
        {
            if (types[id] == Control && !ends.Contains(id) && IsEnd(tokens.Bytes(id)))
            {
                ends.Add(id);
            }
        }

        return ends;
    }

    /// <summary>Writes them.</summary>
    public static void Write(GgufEntries entries, IReadOnlyList<int> ends)
    {
        // The first is written with the tokenizer.
        for (int i = 1; i < Math.Min(ends.Count, Keys.Length); i++)
        {
            entries.Add("tokenizer.ggml." + Keys[i], GgufValue.Of((uint)ends[i]));
        }

        entries.Add(OwnKey, GgufValue.OfNumbers<int>([.. ends]));
    }

    private static bool IsEnd(ReadOnlySpan<byte> token)
    {
        foreach (byte[] text in Texts)
        {
            if (token.SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }
}
