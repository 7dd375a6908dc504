namespace Panorama.Core.Safetensors;

/// <summary>
/// Constants and names of the safetensors format: 8 bytes of header length (little endian), a JSON header,
/// then the tensors' bytes, little endian and row-major (https://github.com/huggingface/safetensors, "Format").
/// </summary>
public static class SafetensorsFormat
{
    /// <summary>Longest header in bytes; the reference implementation's limit against hostile files.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>Most dimensions of a tensor; our own bound on memory, as no framework reaches it.</summary>
    public const int MaxRank = 64;

    internal const string MetadataKey = "__metadata__";
    internal const int LengthBytes = 8;

    private static readonly string[] Names = ["BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F8_E4M3", "F8_E5M2", "F16", "BF16", "F32", "F64"];

    /// <summary>The format's name of an element type.</summary>
    /// <param name="type">The element type.</param>
    public static string NameOf(DType type) => Names[(int)type];

    /// <summary>Finds an element type by the format's name.</summary>
    /// <param name="name">The name, in the case of the format.</param>
    /// <param name="type">The element type found.</param>
    public static bool TryParse(ReadOnlySpan<char> name, out DType type)
    {
        for (int i = 0; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                type = (DType)i;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>Whether values of <typeparamref name="T"/> are laid out as elements of a type: <see cref="byte"/> for 8-bit types, <see cref="ushort"/> for BF16, otherwise the type of that name.</summary>
    /// <typeparam name="T">The value type in memory.</typeparam>
    /// <param name="type">The element type in the file.</param>
    public static bool Matches<T>(DType type)
        where T : unmanaged => type switch
        {
            DType.Bool => typeof(T) == typeof(byte) || typeof(T) == typeof(bool),
            DType.U8 or DType.F8E4M3 or DType.F8E5M2 => typeof(T) == typeof(byte),
            DType.I8 => typeof(T) == typeof(sbyte),
            DType.U16 or DType.BF16 => typeof(T) == typeof(ushort),
            DType.I16 => typeof(T) == typeof(short),
            DType.U32 => typeof(T) == typeof(uint),
            DType.I32 => typeof(T) == typeof(int),
            DType.U64 => typeof(T) == typeof(ulong),
            DType.I64 => typeof(T) == typeof(long),
            DType.F16 => typeof(T) == typeof(Half),
            DType.F32 => typeof(T) == typeof(float),
            DType.F64 => typeof(T) == typeof(double),
            _ => false,
        };

    // Multiplies in the reference's order: a zero behind an overflow does not mend it.
    internal static bool TryCount(ReadOnlySpan<long> shape, DType type, out long elements, out long bytes)
    {
        elements = 1;
        bytes = 0;
        foreach (long dimension in shape)
        {
            if (dimension != 0 && elements > long.MaxValue / dimension)
            {
                return false;
            }

            elements *= dimension;
        }

        int size = type.Size();
        if (elements > long.MaxValue / size)
        {
            return false;
        }

        bytes = elements * size;
        return true;
    }
}
