using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>
/// x·Wᵀ. The weight may be several projections stacked by rows (query, key and value; gate and up), whose results then lie
/// side by side. All hidden matrices of a model are applied here: the one place where adapters attach.
/// </summary>
/// <param name="weight">The matrix, [rows, columns].</param>
public sealed class Linear(Weight weight)
{
    /// <summary>The matrix, [rows, columns].</summary>
    public Weight Weight { get; } = weight;

    /// <summary>Applies the matrix to every position.</summary>
    /// <param name="x_BTD">[..., columns].</param>
    /// <returns>[..., rows].</returns>
    public Tensor Forward(Tensor x_BTD) => nn.functional.linear(x_BTD, Weight.Value);
}
