using System.Globalization;

namespace Panorama.Inference.Families;

/// <summary>Where a weight lies in a file.</summary>
/// <param name="Name">The tensor's name; <c>@</c> stands for the prefix that some files have, <c>#</c> for the block's number.</param>
/// <param name="Part">Which part of a tensor that joins the outputs of several weights.</param>
/// <param name="Parts">How many weights of equal shape the tensor joins.</param>
/// <param name="IsTransposed">Whether it is stored as [inputs, outputs].</param>
internal sealed record TensorPlace(string Name, int Part = 0, int Parts = 1, bool IsTransposed = false)
{
    /// <summary>The name in a file.</summary>
    /// <param name="prefix">What stands for <c>@</c>.</param>
    /// <param name="layer">The block.</param>
    public string NameIn(string prefix, int layer) => Name
        .Replace("@", prefix, StringComparison.Ordinal)
        .Replace("#", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>The shape of the whole tensor, outermost dimension first.</summary>
    /// <param name="shape">The weight.</param>
    public long[] FileShape(WeightShape shape)
    {
        long rows = (long)shape.Rows * Parts;
        return shape.IsVector ? [(long)shape.Columns * Parts]
            : IsTransposed ? [shape.Columns, rows]
            : [rows, shape.Columns];
    }
}
