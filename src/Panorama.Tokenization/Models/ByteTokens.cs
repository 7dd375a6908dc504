namespace Panorama.Tokenization.Models;

/// <summary>The tokens that stand for single bytes, <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
internal static class ByteTokens
{
    /// <summary>The token of a byte.</summary>
    public static string Text(byte value) => $"<0x{value:X2}>";

    /// <summary>The byte of such a token, or -1.</summary>
    public static int Value(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4])
            ? Convert.FromHexString(token.AsSpan(3, 2))[0]
            : -1;

    /// <summary>The ids of all 256; null when one is missing.</summary>
    public static int[]? Find(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (int b = 0; b < ids.Length; b++)
        {
            if (vocabulary.Find(Text((byte)b)) is not { } id) return null;
            ids[b] = id;
        }

        return ids;
    }
}
