using System.Globalization;

namespace Panorama.Quantization.Formats;

/// <summary>
/// How the numbers of a weight are stored. The values are the type ids of GGUF
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "ggml_type").
/// </summary>
#pragma warning disable CA1707 // the field writes these names with underscores
public enum TensorFormat
{
    /// <summary>IEEE single precision.</summary>
    F32 = 0,

    /// <summary>IEEE half precision.</summary>
    F16 = 1,

    /// <summary>32 values: a half scale and 4-bit values with offset 8.</summary>
    Q4_0 = 2,

    /// <summary>32 values: a half scale, a half minimum and 4-bit values.</summary>
    Q4_1 = 3,

    /// <summary>32 values: a half scale and 5-bit values with offset 16.</summary>
    Q5_0 = 6,

    /// <summary>32 values: a half scale, a half minimum and 5-bit values.</summary>
    Q5_1 = 7,

    /// <summary>32 values: a half scale and signed 8-bit values.</summary>
    Q8_0 = 8,

    /// <summary>256 values: 8 parts of 32, each with a 6-bit scale and minimum over two halves; 4-bit values.</summary>
    Q4_K = 12,

    /// <summary>256 values: as <see cref="Q4_K"/> with 5-bit values.</summary>
    Q5_K = 13,

    /// <summary>256 values: 16 parts of 16, each with a signed 8-bit scale over one half; 6-bit values with offset 32.</summary>
    Q6_K = 14,

    /// <summary>bfloat16: the upper half of a single.</summary>
    BF16 = 30,
}
#pragma warning restore CA1707

/// <summary>Facts about <see cref="TensorFormat"/>.</summary>
public static class TensorFormats
{
    /// <summary>Values of one block: the row length of a tensor is a multiple of it.</summary>
    /// <param name="format">The format.</param>
    public static int BlockLength(this TensorFormat format) => Layout(format).Length;

    /// <summary>Bytes of one block.</summary>
    /// <param name="format">The format.</param>
    public static int BlockBytes(this TensorFormat format) => Layout(format).Bytes;

    /// <summary>Bytes of a row.</summary>
    /// <param name="format">The format.</param>
    /// <param name="columns">Values of the row: a multiple of the block length.</param>
    /// <exception cref="ArgumentException">The row does not consist of whole blocks.</exception>
    public static long RowBytes(this TensorFormat format, long columns)
    {
        (int length, int bytes) = Layout(format);
        return columns % length == 0
            ? checked(columns / length * bytes)
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{columns} values are no whole number of {format} blocks of {length}"), nameof(columns));
    }

    /// <summary>Whether the format stores plain floating-point numbers.</summary>
    /// <param name="format">The format.</param>
    public static bool IsFloat(this TensorFormat format) => format is TensorFormat.F32 or TensorFormat.F16 or TensorFormat.BF16;

    private static (int Length, int Bytes) Layout(TensorFormat format) => format switch
    {
        TensorFormat.F32 => (1, 4),
        TensorFormat.F16 or TensorFormat.BF16 => (1, 2),
        TensorFormat.Q4_0 => (32, 18),
        TensorFormat.Q4_1 => (32, 20),
        TensorFormat.Q5_0 => (32, 22),
        TensorFormat.Q5_1 => (32, 24),
        TensorFormat.Q8_0 => (32, 34),
        TensorFormat.Q4_K => (256, 144),
        TensorFormat.Q5_K => (256, 176),
        TensorFormat.Q6_K => (256, 210),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "unknown format"),
    };
}
