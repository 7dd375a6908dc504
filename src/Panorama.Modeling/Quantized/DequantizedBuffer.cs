using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Quantized;

/// <summary>
/// The one matrix in float32 that a model with quantized weights holds at a time: each product, forward and backward, fills it
/// anew. So such a model serves one thread.
/// </summary>
/// <param name="largest">Elements of the largest matrix.</param>
internal sealed class DequantizedBuffer(long largest) : IDisposable
{
    private readonly Tensor _values = empty(largest, ScalarType.Float32).DetachFromDisposeScope();

    /// <summary>Bytes held.</summary>
    public long Bytes => largest * sizeof(float);

    /// <summary>The matrix of a quantized weight, valid until the next call.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="packed">Its codes.</param>
    public unsafe Tensor Fill(Weight weight, QuantizedMatrix packed)
    {
        packed.Dequantize((float*)TensorMemory.Address(_values));
        return _values.narrow(0, 0, weight.Count).view([.. weight.Shape]);
    }

    /// <summary>The buffer as room to load a matrix into before it is quantized.</summary>
    /// <param name="count">Elements needed, at most those of the largest matrix.</param>
    public Tensor Room(long count) => _values.narrow(0, 0, count);

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();
}
