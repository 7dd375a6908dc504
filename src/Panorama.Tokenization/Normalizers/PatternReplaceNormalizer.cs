using System.Text;
using Panorama.Tokenization.Patterns;

namespace Panorama.Tokenization.Normalizers;

/// <summary>Replaces what a regular expression finds by a fixed text.</summary>
internal sealed class PatternReplaceNormalizer(Pattern pattern, string content) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var matcher = new PatternMatcher(pattern, utf8.Length);
        StringBuilder? changed = null;
        int kept = 0, at = 0;
        while (at <= utf8.Length && matcher.TryFind(utf8, at, out int start, out int end))
        {
            changed ??= new StringBuilder(text.Length);
            changed.Append(Encoding.UTF8.GetString(utf8.AsSpan(kept, start - kept))).Append(content);
            kept = end;
            at = end > start ? end : AfterCharacter(utf8, end);
        }

        return changed is null ? text : changed.Append(Encoding.UTF8.GetString(utf8.AsSpan(kept))).ToString();
    }

    private static int AfterCharacter(byte[] utf8, int at)
    {
        do at++;
        while (at < utf8.Length && (utf8[at] & 0xC0) == 0x80);
        return at;
    }
}
