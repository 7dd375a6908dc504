namespace Panorama.Tokenization.Tests;

/// <summary>Texts of the kinds a tokenizer meets, and generators of worse ones.</summary>
internal static class SampleTexts
{
    public static readonly string[] All =
    [
        "", " ", "\n", "  leading and trailing  ", "It's what they'll say, I'd think; WE'VE SEEN.",
        "public sealed class BitArray : ICollection { /* Gets\r\n\tor sets. */ int _count = 0x1F + 2024; }",
        "System.Collections.Generic.Dictionary<TKey,TValue>.TryGetValue(`0,`1@)",
        "数据并行训练：每个进程处理不同的样本，然后对梯度求和。价格是￥１２８。",
        "こんにちは世界。カタカナもある。한국어 문장입니다. Привет, мир! مرحبا بالعالم नमस्ते दुनिया",
        "👩‍👩‍👧‍👦 family 🏳️‍🌈 flags 🇨🇳🇩🇪 🤷🏽‍♀️ and é (combining) vs é, zero\u200Bwidth, bom\uFEFF, nbsp\u00A0end",
        "a\u2028b\u2029c\u0085d\u3000e\t\tf \n \n\n g", "𝒜𝓁𝑔𝑒𝒷𝓇𝒶 𐍈 𠜎𠜱 ½ ² Ⅷ ٣٤٥ 1234567", "\0\u0001\u007F", "<|endoftext|><|im_start|>user\nhi<|im_end|>",
        "----------------------------------------", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "https://example.org/a?b=c&d=%20#e_f",
    ];

    /// <summary>Valid Unicode of mixed scripts, with many spaces, quotes and line ends.</summary>
    public static readonly Gen<string> Unicode = Gen.Frequency(
        (6, Gen.Char['a', 'z'].Select(static c => c.ToString())),
        (2, Gen.Char['A', 'Z'].Select(static c => c.ToString())),
        (2, Gen.Char['0', '9'].Select(static c => c.ToString())),
        (4, Gen.OneOf(" ", " ", "\n", "\r\n", "\t", "'", "'s", "'LL", ".", "_", "/*", "\u00A0", "\u3000", "\u2028")),
        (2, Gen.Char['\u4E00', '\u9FFF'].Select(static c => c.ToString())),
        (1, Gen.Char['\u0080', '\u2FFF'].Select(static c => c.ToString())),
        (1, Gen.Int[0x1F300, 0x1FAFF].Select(char.ConvertFromUtf32)),
        (1, Gen.Int[0x10000, 0x10FFFF].Select(char.ConvertFromUtf32))).Array[0, 60].Select(string.Concat);

    /// <summary>Bytes: arbitrary ones, and broken pieces of UTF-8.</summary>
    public static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.Byte.Array[0, 80],
        Gen.OneOf<byte>(0xE4, 0xBD, 0xA0, 0xF0, 0x9F, 0x98, 0x80, 0xC3, 0xA9, 0x20, 0x61, 0x0A, 0xFF, 0xED, 0xA0).Array[0, 40]);
}
