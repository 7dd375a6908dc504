using System.Globalization;

namespace Panorama.Core.Safetensors;

/// <summary>A named tensor: what a file says about it, or what is going to be written.</summary>
public sealed class TensorInfo
{
    /// <summary>Describes a tensor to be written.</summary>
    /// <param name="name">Its name; any text but <c>__metadata__</c>.</param>
    /// <param name="dtype">Its element type.</param>
    /// <param name="shape">Its dimensions, each at least 0; empty: a scalar.</param>
    /// <exception cref="ArgumentException">The name is reserved, a dimension is negative, or the size overflows 63 bits.</exception>
    public TensorInfo(string name, DType dtype, params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (name == SafetensorsFormat.MetadataKey)
        {
            throw new ArgumentException($"{name} is reserved by the format", nameof(name));
        }

        if (shape.Length > SafetensorsFormat.MaxRank || shape.AsSpan().ContainsAnyExceptInRange(0, long.MaxValue)
            || !SafetensorsFormat.TryCount(shape, dtype, out long elements, out long bytes))
        {
            throw new ArgumentException($"{name} cannot have the shape [{string.Join(", ", shape)}]", nameof(shape));
        }

        (Name, DType, Shape, ElementCount, ByteCount) = (name, dtype, shape, elements, bytes);
    }

    internal TensorInfo(string name, DType dtype, long[] shape, long elements, long offset, long bytes)
    {
        (Name, DType, Shape, ElementCount, Offset, ByteCount) = (name, dtype, shape, elements, offset, bytes);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>The dimensions, row-major, outermost first; empty: a scalar. Not to be changed.</summary>
    public long[] Shape { get; }

    /// <summary>The product of the shape.</summary>
    public long ElementCount { get; }

    /// <summary>Where the tensor begins, in bytes from the start of the file's data area; 0 before it is stored.</summary>
    public long Offset { get; }

    /// <summary>Its size in bytes.</summary>
    public long ByteCount { get; }

    /// <summary>Name, element type and shape, as error messages show them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{IO.Shown.Quote(Name)} {SafetensorsFormat.NameOf(DType)} [{string.Join(", ", Shape)}]");
}
