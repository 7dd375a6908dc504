namespace Panorama.Quantization.Gguf;

/// <summary>The kinds of metadata values; the numbers are those of the format ("gguf_metadata_value_type").</summary>
public enum GgufKind
{
    /// <summary>8 bits, unsigned.</summary>
    UInt8 = 0,

    /// <summary>8 bits, signed.</summary>
    Int8 = 1,

    /// <summary>16 bits, unsigned.</summary>
    UInt16 = 2,

    /// <summary>16 bits, signed.</summary>
    Int16 = 3,

    /// <summary>32 bits, unsigned.</summary>
    UInt32 = 4,

    /// <summary>32 bits, signed.</summary>
    Int32 = 5,

    /// <summary>Single precision.</summary>
    Float32 = 6,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 7,

    /// <summary>A 64-bit length and as many bytes of UTF-8.</summary>
    String = 8,

    /// <summary>The elements' kind (32 bits), their number (64 bits), and the elements.</summary>
    Array = 9,

    /// <summary>64 bits, unsigned.</summary>
    UInt64 = 10,

    /// <summary>64 bits, signed.</summary>
    Int64 = 11,

    /// <summary>Double precision.</summary>
    Float64 = 12,
}
