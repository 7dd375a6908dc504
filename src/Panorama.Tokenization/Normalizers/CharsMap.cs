using System.Buffers.Binary;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.Normalizers;

/// <summary>
/// The compiled replacement table of SentencePiece: the size of a trie in bytes, the trie as a double array of 32-bit units (the
/// layout of darts-clone), then the replacements, each ended by a zero byte; a trie value is the place of a replacement.
/// </summary>
internal sealed class CharsMap
{
    /// <summary>What a table must keep to.</summary>
    public static readonly string Rule = $"the sizes do not fit, or a replacement has more than {LongestReplacement} bytes";

    private const int LongestReplacement = 4 * PartLimits.LongestText; // published ones have up to 33 bytes
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private CharsMap(uint[] units, byte[] replacements) => (_units, _replacements) = (units, replacements);

    /// <summary>Reads a table; null when it breaks the <see cref="Rule"/>.</summary>
    public static CharsMap? Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 8) return null;
        uint trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (trieBytes < 4 || trieBytes % 4 != 0 || trieBytes > blob.Length - 4) return null;
        var units = new uint[trieBytes / 4];
        for (int i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (i * 4))..]);
        ReadOnlySpan<byte> replacements = blob[(int)(4 + trieBytes)..];
        // A value of the trie may be any place: without a zero byte soon after it, one character would become the rest of the table.
        foreach (Range replacement in replacements.Split((byte)0))
            if (replacements[replacement].Length > LongestReplacement) return null;
        return new CharsMap(units, replacements.ToArray());
    }

    /// <summary>Finds the replacement of the longest or shortest beginning of a text that has one.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="longest">Which beginning counts.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="replacement">What takes its place; may be empty.</param>
    public bool TryFind(ReadOnlySpan<byte> text, bool longest, out int length, out ReadOnlySpan<byte> replacement)
    {
        length = 0;
        replacement = default;
        uint value = 0, at = Offset(_units[0]);
        for (int i = 0; i < text.Length && text[i] != 0; i++)
        {
            at ^= text[i];
            if (at >= (uint)_units.Length) break;
            uint unit = _units[at];
            if ((unit & 0x8000_00FF) != text[i]) break;
            at ^= Offset(unit);
            if ((unit & 0x100) == 0) continue;
            if (at >= (uint)_units.Length) break;
            (length, value) = (i + 1, _units[at] & 0x7FFF_FFFF);
            if (!longest) break;
        }

        if (length == 0 || value > (uint)_replacements.Length) return false;
        replacement = _replacements.AsSpan((int)value);
        int end = replacement.IndexOf((byte)0);
        if (end >= 0) replacement = replacement[..end];
        return true;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
