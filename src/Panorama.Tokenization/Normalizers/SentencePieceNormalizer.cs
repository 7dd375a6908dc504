using System.Buffers;
using System.Text;

namespace Panorama.Tokenization.Normalizers;

/// <summary>
/// The normalization of a SentencePiece model (Kudo and Richardson 2018, arXiv:1808.06226): the longest replacement at each place,
/// blank space reduced, a space before the text, and spaces written as <c>▁</c>.
/// </summary>
/// <param name="map">The replacements, or null.</param>
/// <param name="removeExtraSpaces">Whether spaces at the ends go and several become one.</param>
/// <param name="addPrefix">Whether a space is put before the text.</param>
/// <param name="escapeSpaces">Whether spaces become <c>▁</c>.</param>
internal sealed class SentencePieceNormalizer(CharsMap? map, bool removeExtraSpaces, bool addPrefix, bool escapeSpaces) : Normalizer
{
    /// <summary><c>▁</c>, which stands for a space.</summary>
    public const string Escape = "\u2581";

    /// <inheritdoc/>
    public override string Normalize(string text, bool atStart)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var output = new ArrayBufferWriter<byte>(utf8.Length + 16);
        ReadOnlySpan<byte> space = escapeSpaces ? "\u2581"u8 : " "u8;
        bool afterSpace = removeExtraSpaces, began = false;
        for (int at = 0; at < utf8.Length;)
        {
            if (map is null || !map.TryFind(utf8.AsSpan(at), longest: true, out int length, out ReadOnlySpan<byte> part))
            {
                Rune.DecodeFromUtf8(utf8.AsSpan(at), out _, out length);
                part = utf8.AsSpan(at, length);
            }

            at += length;
            if (afterSpace) part = part.TrimStart((byte)' ');
            if (part.IsEmpty) continue;
            if (!began && addPrefix && atStart) output.Write(space);
            began = true;
            foreach (byte value in part)
            {
                if (value == ' ') output.Write(space);
                else output.Write([value]);
            }

            afterSpace = removeExtraSpaces && part[^1] == ' ';
        }

        ReadOnlySpan<byte> written = output.WrittenSpan;
        if (removeExtraSpaces)
            while (written.EndsWith(space)) written = written[..^space.Length];
        return Encoding.UTF8.GetString(written);
    }
}
