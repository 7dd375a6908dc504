using System.Globalization;
using System.Text;

namespace Panorama.Tokenization.Normalizers;

/// <summary>
/// A <see cref="CharsMap"/> as <c>tokenizer.json</c> means it: what a user sees as one character is replaced as a whole when it is
/// short and a beginning of it has a replacement, otherwise code point by code point.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int LongestWhole = 6; // bytes; longer clusters go code point by code point
    private readonly CharsMap _map;
    private readonly bool[] _asciiChanges = new bool[128];

    /// <summary>Takes the table.</summary>
    public PrecompiledNormalizer(CharsMap map)
    {
        _map = map;
        for (int c = 0; c < _asciiChanges.Length; c++) _asciiChanges[c] = map.TryFind([(byte)c], longest: false, out _, out _);
    }

    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart)
    {
        var changed = new StringBuilder(text.Length);
        Span<byte> utf8 = stackalloc byte[8];
        Span<char> pair = stackalloc char[2];
        for (int i = 0; i < text.Length;)
        {
            // Between ASCII characters there is a border, but for CR LF.
            if (text[i] < 128 && text[i] != '\r' && !_asciiChanges[text[i]] && (i + 1 == text.Length || text[i + 1] < 128))
            {
                changed.Append(text[i++]);
                continue;
            }

            ReadOnlySpan<char> cluster = text.AsSpan(i, StringInfo.GetNextTextElementLength(text.AsSpan(i)));
            i += cluster.Length;
            if (cluster.Length < LongestWhole && Encoding.UTF8.GetByteCount(cluster) < LongestWhole && TryReplace(cluster, utf8, changed)) continue;
            foreach (Rune rune in cluster.EnumerateRunes())
            {
                ReadOnlySpan<char> one = pair[..rune.EncodeToUtf16(pair)];
                if (!TryReplace(one, utf8, changed)) changed.Append(one);
            }
        }

        return changed.ToString();
    }

    private bool TryReplace(ReadOnlySpan<char> part, Span<byte> utf8, StringBuilder changed)
    {
        if (!_map.TryFind(utf8[..Encoding.UTF8.GetBytes(part, utf8)], longest: false, out _, out ReadOnlySpan<byte> replacement)) return false;
        changed.Append(Encoding.UTF8.GetString(replacement));
        return true;
    }
}
