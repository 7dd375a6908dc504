using System.Globalization;
using System.Text;

namespace Panorama.Tokenization.Normalizers;

/// <summary>Changes one character at a time.</summary>
internal abstract class CharacterNormalizer : Normalizer
{
    /// <inheritdoc/>
    public sealed override string Normalize(string text, bool atStart)
    {
        var changed = new StringBuilder(text.Length + (text.Length / 8));
        foreach (Rune rune in text.EnumerateRunes()) Append(changed, rune);
        return changed.ToString();
    }

    /// <summary>Appends what takes the place of a character.</summary>
    protected abstract void Append(StringBuilder changed, Rune rune);

    /// <summary>Appends a character as it is.</summary>
    internal static void Keep(StringBuilder changed, Rune rune)
    {
        if (rune.IsBmp) changed.Append((char)rune.Value);
        else changed.Append(rune.ToString());
    }

    /// <summary>Appends the small letter, by the full mapping of one character (only U+0130 has two).</summary>
    protected static void Lower(StringBuilder changed, Rune rune)
    {
        if (rune.Value == 0x130) changed.Append("i\u0307");
        else Keep(changed, Rune.ToLowerInvariant(rune));
    }
}

/// <summary>Makes small letters.</summary>
internal sealed class LowercaseNormalizer : CharacterNormalizer
{
    /// <inheritdoc/>
    protected override void Append(StringBuilder changed, Rune rune) => Lower(changed, rune);
}

/// <summary>Removes combining marks.</summary>
internal sealed class StripAccentsNormalizer : CharacterNormalizer
{
    /// <inheritdoc/>
    protected override void Append(StringBuilder changed, Rune rune)
    {
        if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)) Keep(changed, rune);
    }
}

/// <summary>Removes control characters and makes all blank space a space, as in the translation models of SentencePiece.</summary>
internal sealed class NmtNormalizer : CharacterNormalizer
{
    /// <inheritdoc/>
    protected override void Append(StringBuilder changed, Rune rune)
    {
        switch (rune.Value)
        {
            case (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F:
                break;
            case 0x9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD:
                changed.Append(' ');
                break;
            default:
                Keep(changed, rune);
                break;
        }
    }
}

/// <summary>The clean-up of BERT (Devlin et al. 2018): control characters, Chinese characters as words, accents, case.</summary>
internal sealed class BertNormalizer(bool cleanText, bool chineseCharacters, bool stripAccents, bool lowercase) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart)
    {
        if (cleanText || chineseCharacters) text = Clean(text);
        if (stripAccents) text = WithoutMarks(Unicode.UnicodeNormalizer.Normalize(text, NormalizationForm.FormD));
        return lowercase ? Lowercase.Normalize(text, atStart) : text;
    }

    private static readonly LowercaseNormalizer Lowercase = new();

    private string Clean(string text)
    {
        var changed = new StringBuilder(text.Length + (text.Length / 8));
        foreach (Rune rune in text.EnumerateRunes())
        {
            int c = rune.Value;
            if (c is > 0x20 and < 0x7F)
            {
                changed.Append((char)c);
                continue;
            }

            if (cleanText && (c is 0 or 0xFFFD || IsControl(rune))) continue;
            if (cleanText && Rune.IsWhiteSpace(rune)) changed.Append(' ');
            else if (chineseCharacters && IsChinese(c))
            {
                changed.Append(' ');
                CharacterNormalizer.Keep(changed, rune);
                changed.Append(' ');
            }
            else
            {
                CharacterNormalizer.Keep(changed, rune);
            }
        }

        return changed.ToString();
    }

    private static string WithoutMarks(string text)
    {
        if (System.Text.Ascii.IsValid(text)) return text;
        var changed = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark) CharacterNormalizer.Keep(changed, rune);
        return changed.ToString();
    }

    private static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r')
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private static bool IsChinese(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
