using Panorama.Modeling.Adapters;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Parameters;
using Panorama.Modeling.Quantized;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>
/// x·Wᵀ. The weight may be several projections stacked by rows (query, key and value; gate and up), whose results then lie
/// side by side. All hidden matrices of a model are applied here: the one place where adapters attach, and where frozen weights
/// may be held in 8 or 4 bits.
/// </summary>
/// <param name="weight">The matrix, [rows, columns].</param>
public sealed class Linear(Weight weight)
{
    private (QuantizedMatrix Packed, DequantizedBuffer Buffer)? _quantized;

    /// <summary>The matrix, [rows, columns].</summary>
    public Weight Weight { get; } = weight;

    /// <summary>Bytes of the matrix when it is quantized.</summary>
    internal long QuantizedBytes => _quantized?.Packed.Bytes ?? 0;

    /// <summary>Whether the matrix is held quantized.</summary>
    internal bool IsQuantized => _quantized is not null;

    /// <summary>The adapter in use, if any.</summary>
    internal LinearAdapter? Adapter { get; set; }

    /// <summary>Applies the matrix, and the adapter in use, to every position.</summary>
    /// <param name="x_BTD">[..., columns].</param>
    /// <returns>[..., rows].</returns>
    public Tensor Forward(Tensor x_BTD)
    {
        if (Adapter is not null || _quantized is not null)
        {
            return AdaptedProduct.Of(this, x_BTD);
        }

        return FusedKernels.Serve(x_BTD) ? LinearFunction.Apply(x_BTD, Weight.Value) : nn.functional.linear(x_BTD, Weight.Value.to(x_BTD.dtype));
    }

    /// <summary>The matrix, dequantized if need be; then valid until the next product of the model.</summary>
    internal Tensor Matrix() => _quantized is var (packed, buffer) ? buffer.Fill(Weight, packed) : Weight.Value;

    /// <summary>Holds the matrix quantized.</summary>
    /// <param name="packed">Its codes.</param>
    /// <param name="buffer">Where it is dequantized for each product.</param>
    internal void Quantize(QuantizedMatrix packed, DequantizedBuffer buffer) => _quantized = (packed, buffer);
}
