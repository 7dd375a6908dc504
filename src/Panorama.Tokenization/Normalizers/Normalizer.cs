using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.Unicode;

namespace Panorama.Tokenization.Normalizers;

/// <summary>Changes text before it is cut into words. Immutable and shared by all threads.</summary>
internal abstract class Normalizer
{
    /// <summary>The changed text; the same object when nothing changes.</summary>
    /// <param name="text">A text, or the part of one between added tokens.</param>
    /// <param name="atStart">Whether the part begins the text.</param>
    public abstract string Normalize(string text, bool atStart);
}

/// <summary>Several normalizers, one after the other.</summary>
internal sealed class SequenceNormalizer(Normalizer[] steps) : Normalizer
{
    private const int LargestGrowth = 64; // the longest decompositions and replacements of published files stay far below

    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart)
    {
        long most = (LargestGrowth * (long)text.Length) + (1 << 20);
        foreach (Normalizer step in steps)
        {
            text = step.Normalize(text, atStart);
            if (text.Length > most) throw new InputException($"The normalizer of the tokenizer makes a text more than {LargestGrowth} times longer. Use another tokenizer.");
        }

        return text;
    }
}

/// <summary>NFC, NFD, NFKC, NFKD.</summary>
internal sealed class FormNormalizer(NormalizationForm form) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart) => UnicodeNormalizer.Normalize(text, form);
}

/// <summary>Removes blank space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart)
    {
        if (left) text = text.TrimStart();
        return right ? text.TrimEnd() : text;
    }
}

/// <summary>Replaces a fixed text.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart) => pattern.Length == 0 ? text : text.Replace(pattern, content, StringComparison.Ordinal);
}

/// <summary>Puts a text before, except before nothing.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Writes every byte as its character of the GPT-2 alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart) => Bytes.ByteAlphabet.ToText(Encoding.UTF8.GetBytes(text));
}
