namespace Panorama.Tokenization.Bytes;

/// <summary>
/// The byte-level alphabet of GPT-2 (Radford et al. 2019): every byte has one printable character, so that
/// tokens can be written as text. Printable Latin-1 bytes stand for themselves, the other 68 follow from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstShifted = 0x100;
    private static readonly char[] Chars = MakeChars();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The 256 bytes ordered by their character: the order in which tokenizers number them.</summary>
    public static ReadOnlySpan<byte> InCharacterOrder => Ordered;

    private static readonly byte[] Ordered = MakeOrder();

    /// <summary>The character that stands for a byte.</summary>
    public static char ToChar(byte value) => Chars[value];

    /// <summary>Writes bytes in the alphabet.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length];
        for (int i = 0; i < text.Length; i++) text[i] = Chars[bytes[i]];
        return new string(text);
    }

    /// <summary>Reads text written in the alphabet; false when a character is not part of it.</summary>
    /// <param name="text">The token as it is written.</param>
    /// <param name="bytes">At least <c>text.Length</c> bytes.</param>
    public static bool TryToBytes(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        for (int i = 0; i < text.Length; i++)
        {
            short value = text[i] < Bytes.Length ? Bytes[text[i]] : (short)-1;
            if (value < 0) return false;
            bytes[i] = (byte)value;
        }

        return true;
    }

    private static bool StandsForItself(int value) => value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);

    private static char[] MakeChars()
    {
        var chars = new char[256];
        int shifted = FirstShifted;
        for (int b = 0; b < chars.Length; b++) chars[b] = (char)(StandsForItself(b) ? b : shifted++);
        return chars;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[FirstShifted + 68];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < Chars.Length; b++) bytes[Chars[b]] = (short)b;
        return bytes;
    }

    private static byte[] MakeOrder()
    {
        var order = new byte[256];
        for (int b = 0; b < order.Length; b++) order[b] = (byte)b;
        Array.Sort(order, static (a, b) => Chars[a].CompareTo(Chars[b]));
        return order;
    }
}
