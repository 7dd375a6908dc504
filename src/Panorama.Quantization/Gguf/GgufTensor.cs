using System.Globalization;
using Panorama.Core.IO;
using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Gguf;

/// <summary>
/// A tensor: what a file says about it, or what is going to be written. The format stores dimensions innermost first; here
/// they are row-major, outermost first, as everywhere else in this project.
/// </summary>
public sealed class GgufTensor
{
    /// <summary>Describes a tensor to be written.</summary>
    /// <param name="name">Its name, of 1 to 1,024 bytes. llama.cpp reads at most 63.</param>
    /// <param name="format">How its numbers are stored.</param>
    /// <param name="shape">Its dimensions, outermost first, at most four, each at least 0; the last is a multiple of the block length. Empty: a scalar.</param>
    /// <exception cref="ArgumentException">Name or shape is not allowed.</exception>
    public GgufTensor(string name, TensorFormat format, params long[] shape)
        : this(name, format, shape, 0)
    {
    }

    internal GgufTensor(string name, TensorFormat format, long[] shape, long offset)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length > GgufFormat.MaxRank || !TryCount(shape, format, out long elements, out long bytes))
        {
            throw new ArgumentException($"{name} cannot have the shape [{string.Join(", ", shape)}] in {format}", nameof(shape));
        }

        (Name, Format, Shape, ElementCount, ByteCount, Offset) = (name, format, shape, elements, bytes, offset);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>How the numbers are stored.</summary>
    public TensorFormat Format { get; }

    /// <summary>The dimensions, outermost first. Not to be changed.</summary>
    public long[] Shape { get; }

    /// <summary>Values of a row: the last dimension; 1 for a scalar.</summary>
    public long Columns => Shape.Length == 0 ? 1 : Shape[^1];

    /// <summary>Rows: the product of the other dimensions.</summary>
    public long Rows => Columns == 0 ? 0 : ElementCount / Columns;

    /// <summary>The product of the shape.</summary>
    public long ElementCount { get; }

    /// <summary>Its size in bytes, without padding.</summary>
    public long ByteCount { get; }

    /// <summary>Where it begins, in bytes from the start of the file's data area; 0 before it is stored.</summary>
    public long Offset { get; }

    /// <summary>Name, format and shape, as error messages show them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Shown.Quote(Name)} {Format} [{string.Join(", ", Shape)}]");

    /// <summary>Counts values and bytes; false when a dimension is negative, rows have part blocks, or the size overflows 63 bits.</summary>
    internal static bool TryCount(ReadOnlySpan<long> shape, TensorFormat format, out long elements, out long bytes)
    {
        elements = 1;
        bytes = 0;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || (Int128)elements * dimension > long.MaxValue)
            {
                return false;
            }

            elements *= dimension;
        }

        int length = format.BlockLength();
        Int128 size = (Int128)(elements / length) * format.BlockBytes();
        bytes = size <= long.MaxValue ? (long)size : 0;
        return size <= long.MaxValue && (shape.Length == 0 ? 1 : shape[^1]) % length == 0;
    }
}
