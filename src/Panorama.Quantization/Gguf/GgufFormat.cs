using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Gguf;

/// <summary>
/// Constants of the format: magic, version, counts, metadata, tensor descriptions, then the tensors' bytes, aligned; all
/// little endian (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
/// </summary>
public static class GgufFormat
{
    /// <summary>"GGUF" as a little-endian number.</summary>
    public const uint Magic = 0x46554747;

    /// <summary>The version written.</summary>
    public const uint Version = 3;

    /// <summary>The oldest version read: 2 has the layout of 3, 1 had 32-bit counts.</summary>
    public const uint OldestVersion = 2;

    /// <summary>Tensors start at multiples of it unless <see cref="AlignmentKey"/> says otherwise.</summary>
    public const int DefaultAlignment = 32;

    /// <summary>The largest alignment read; our own bound, as padding is for cache lines or pages.</summary>
    public const int MaxAlignment = 1 << 16;

    /// <summary>Most dimensions of a tensor.</summary>
    public const int MaxRank = 4;

    /// <summary>Longest key in bytes, by the format.</summary>
    public const int MaxKeyBytes = 65535;

    /// <summary>Longest tensor name in bytes; our own bound, as the format's 64 are exceeded by some.</summary>
    public const int MaxNameBytes = 1024;

    /// <summary>Longest header in bytes: metadata and tensor descriptions. Our own bound; vocabularies take some 10 MB.</summary>
    public const int MaxHeaderBytes = 1 << 30;

    /// <summary>Deepest nesting of arrays; our own bound.</summary>
    public const int MaxNesting = 4;

    /// <summary>The key of the alignment.</summary>
    public const string AlignmentKey = "general.alignment";

    // Names of type ids that exist but are not read, for messages.
    private static readonly Dictionary<uint, string> OtherFormats = new()
    {
        [9] = "Q8_1",
        [10] = "Q2_K",
        [11] = "Q3_K",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [20] = "IQ4_NL",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [23] = "IQ4_XS",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    internal static bool TryFormat(uint id, out TensorFormat format)
    {
        format = (TensorFormat)id;
        return id <= int.MaxValue && Enum.IsDefined(format);
    }

    internal static string NameOf(uint id) => OtherFormats.TryGetValue(id, out string? name) ? $"{name} (type {id})" : $"type {id}";

    internal static string Supported => string.Join(", ", Enum.GetValues<TensorFormat>());

    /// <summary>Bytes of a number or boolean; 0 for strings and arrays.</summary>
    internal static int SizeOf(GgufKind kind) => kind switch
    {
        GgufKind.UInt8 or GgufKind.Int8 or GgufKind.Bool => 1,
        GgufKind.UInt16 or GgufKind.Int16 => 2,
        GgufKind.UInt32 or GgufKind.Int32 or GgufKind.Float32 => 4,
        GgufKind.UInt64 or GgufKind.Int64 or GgufKind.Float64 => 8,
        _ => 0,
    };

    /// <summary>The next multiple of the alignment.</summary>
    internal static long Align(long offset, int alignment) => checked(offset + alignment - 1) & -(long)alignment;
}
