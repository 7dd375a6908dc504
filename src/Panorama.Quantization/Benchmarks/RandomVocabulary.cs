using System.Globalization;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Benchmarks;

/// <summary>
/// A valid vocabulary of the "llama" kind (SentencePiece BPE): the special tokens, the 256 bytes, the printable characters,
/// and pieces of two and three letters with and without a space before them. Shorter pieces have the better scores.
/// </summary>
internal static class RandomVocabulary
{
    private const int Normal = 1, Unknown = 2, Control = 3, Byte = 6;
    private const string Space = "\u2581";

    /// <summary>The entries that describe the tokenizer.</summary>
    /// <param name="size">Tokens.</param>
    public static IEnumerable<KeyValuePair<string, GgufValue>> Metadata(int size)
    {
        var tokens = new List<string>(size) { "<unk>", "<s>", "</s>" };
        var kinds = new List<int>(size) { Unknown, Control, Control };
        for (int b = 0; b < 256; b++)
        {
            tokens.Add(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"));
            kinds.Add(Byte);
        }

        int special = tokens.Count;
        tokens.AddRange(Pieces().Take(size - special));
        if (tokens.Count != size)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, $"at most {tokens.Count} tokens can be made");
        }

        float[] scores = new float[size];
        for (int i = special; i < size; i++)
        {
            kinds.Add(Normal);
            scores[i] = special - i;
        }

        return
        [
            new("tokenizer.ggml.model", GgufValue.Of("llama")),
            new("tokenizer.ggml.pre", GgufValue.Of("default")),
            new("tokenizer.ggml.tokens", GgufValue.Of(tokens)),
            new("tokenizer.ggml.scores", GgufValue.OfNumbers<float>(scores)),
            new("tokenizer.ggml.token_type", GgufValue.OfNumbers<int>(kinds.ToArray())),
            new("tokenizer.ggml.bos_token_id", GgufValue.Of(1u)),
            new("tokenizer.ggml.eos_token_id", GgufValue.Of(2u)),
            new("tokenizer.ggml.unknown_token_id", GgufValue.Of(0u)),
            new("tokenizer.ggml.add_bos_token", GgufValue.Of(true)),
            new("tokenizer.ggml.add_eos_token", GgufValue.Of(false)),
        ];
    }

    private static IEnumerable<string> Pieces()
    {
        yield return Space;
        for (char c = '!'; c <= '~'; c++)
        {
            yield return c.ToString();
        }

        string[] letters = [.. Enumerable.Range('a', 26).Select(static c => ((char)c).ToString())];
        string[] pairs = [.. letters.SelectMany(a => letters.Select(b => a + b))];
        foreach (string piece in letters.Concat(pairs))
        {
            yield return Space + piece;
        }

        foreach (string piece in pairs)
        {
            yield return piece;
        }

        foreach (string piece in pairs.SelectMany(p => letters.Select(c => p + c)))
        {
            yield return piece;
            yield return Space + piece;
        }
    }
}
