using Panorama.Modeling.Functions;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>Root mean square normalization, x / √(mean(x²) + ε) · g (Zhang and Sennrich 2019, arXiv:1910.07467, eq. 4).</summary>
/// <param name="scope">Names of the weights.</param>
/// <param name="size">Width of the normalized axis, the last.</param>
/// <param name="epsilon">Added to the mean square.</param>
public sealed class RmsNorm(WeightScope scope, long size, double epsilon)
{
    private readonly Weight _gain = scope.Declare("weight", WeightKind.Vector, Initializer.Ones, size);

    /// <summary>Normalizes the last axis.</summary>
    /// <param name="x_BTD">[..., size].</param>
    /// <returns>The same shape.</returns>
    public Tensor Forward(Tensor x_BTD)
    {
        if (FusedKernels.Serve(x_BTD))
        {
            return RmsNormFunction.Apply(x_BTD, _gain.Value, epsilon);
        }

        Tensor wide_BTD = FusedKernels.Widened(x_BTD);
        Tensor scale_BT1 = wide_BTD.pow(2).mean([-1], keepdim: true).add(epsilon).rsqrt();
        return (wide_BTD * scale_BT1 * _gain.Value).to(x_BTD.dtype);
    }

    /// <summary>Adds to the residual stream, then normalizes.</summary>
    /// <param name="x_BTD">[..., size].</param>
    /// <param name="delta_BTD">What is added: the same shape, or nothing.</param>
    /// <returns>The sum and the normalized sum.</returns>
    public (Tensor Sum_BTD, Tensor Normed_BTD) Forward(Tensor x_BTD, Tensor? delta_BTD)
    {
        if (delta_BTD is not null && FusedKernels.Serve(x_BTD))
        {
            return RmsNormFunction.Apply(x_BTD, delta_BTD, _gain.Value, epsilon);
        }

        Tensor sum_BTD = delta_BTD is null ? x_BTD : x_BTD + delta_BTD;
        return (sum_BTD, Forward(sum_BTD));
    }
}
