using System.Text;
using Panorama.Tokenization.Normalizers;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Training;

/// <summary>Cuts text into the words that are counted. Immutable and shared by all threads.</summary>
internal abstract class WordCutter
{
    /// <summary>Longer words (hashes, base64, text without spaces) are counted in parts of at most this many bytes: bounds the work of a merge.</summary>
    public const int LongestWord = 256;

    /// <summary>Counts the words of valid UTF-8.</summary>
    public abstract void Count(ReadOnlySpan<byte> text, WordCounts counts);

    /// <summary>Counts one word, in parts when it is too long.</summary>
    protected static void Add(ReadOnlySpan<byte> word, WordCounts counts)
    {
        while (word.Length > LongestWord)
        {
            int cut = LongestWord;
            while ((word[cut] & 0xC0) == 0x80) cut--; // not inside a character
            counts.Add(word[..cut], 1);
            word = word[cut..];
        }

        counts.Add(word, 1);
    }
}

/// <summary>Cuts by a known pattern.</summary>
internal sealed class ScannerCutter(SplitPattern pattern) : WordCutter
{
    /// <inheritdoc/>
    public override void Count(ReadOnlySpan<byte> text, WordCounts counts)
    {
        switch (pattern)
        {
            case SplitPattern.Llama3: Count<Llama3Scanner>(text, counts); break;
            case SplitPattern.Qwen2: Count<Qwen2Scanner>(text, counts); break;
            case SplitPattern.Gpt4o: Count<Gpt4oScanner>(text, counts); break;
            case SplitPattern.DeepSeekV3: Count<DeepSeekScanner>(text, counts); break;
            default: Count<Gpt2Scanner>(text, counts); break;
        }
    }

    private static void Count<TScanner>(ReadOnlySpan<byte> text, WordCounts counts)
        where TScanner : struct, IScanner
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = TScanner.WordEnd(text, start);
            Add(text[start..end], counts);
            start = end;
        }
    }
}

/// <summary>Cuts as the parts of a tokenizer do.</summary>
internal sealed class StepsCutter(Normalizer? normalizer, IReadOnlyList<PreTokenizer> steps) : WordCutter
{
    /// <inheritdoc/>
    public override void Count(ReadOnlySpan<byte> text, WordCounts counts)
    {
        var pieces = new PieceList();
        pieces.Reset(normalizer is null ? text : Encoding.UTF8.GetBytes(normalizer.Normalize(Encoding.UTF8.GetString(text), atStart: true)), atStart: true);
        foreach (PreTokenizer step in steps) step.Apply(pieces);
        ReadOnlySpan<byte> cut = pieces.Text;
        foreach (Piece piece in pieces.Pieces) Add(cut[piece.Start..piece.End], counts);
    }
}
