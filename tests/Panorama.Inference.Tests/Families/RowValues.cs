using System.Runtime.InteropServices;
using Panorama.Core;
using Panorama.Core.Safetensors;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Tests.Families;

/// <summary>Rows of weights as numbers.</summary>
internal static class RowValues
{
    public static float[] Of(IModelWeights weights, WeightRole role, int layer, int row = 0)
    {
        Assert.True(weights.TryGet(role, layer, out WeightView? view), $"{role} of layer {layer} is there");
        return Of(view, row);
    }

    public static float[] Of(WeightView view, int row)
    {
        ReadOnlySpan<byte> bytes = view.Row(row);
        if (view.Format == TensorFormat.F32)
        {
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        }

        var values = new float[view.Columns];
        SingleConversion.ToSingle(view.Format == TensorFormat.F16 ? DType.F16 : DType.BF16, bytes, values);
        return values;
    }

    /// <summary>A column of a matrix stored as [rows, columns].</summary>
    public static float[] Column(float[] matrix, int columns, int column) => [.. Enumerable.Range(0, matrix.Length / columns).Select(row => matrix[(row * columns) + column])];
}
