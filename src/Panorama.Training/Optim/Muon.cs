using Panorama.Modeling.Parameters;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training.Optim;

/// <summary>
/// Muon for hidden matrices: momentum, then orthogonalization, so that every direction of a matrix moves alike
/// (Jordan et al. 2024; scale by Liu et al. 2025, arXiv:2502.16982, section 2.2, which makes one learning rate and decay fit
/// both Muon and AdamW). Stacked projections are orthogonalized one by one.
/// </summary>
/// <param name="parameters">A trainable model's buffers.</param>
/// <param name="momentum">Flat momentum buffer of the same layout.</param>
/// <param name="settings">Momentum and decay.</param>
internal sealed class Muon(FlatParameters parameters, Tensor momentum, OptimizerSettings settings)
{
    private const double UpdateScale = 0.2;

    /// <summary>Moves the hidden matrices.</summary>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="gradientScale">Factor on the gradient: clipping.</param>
    public void Step(double learningRate, double gradientScale)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        long count = parameters.DecayingCount;
        Tensor gradient = parameters.Gradient!.narrow(0, 0, count);
        Tensor average = momentum.narrow(0, 0, count);
        average.mul_(settings.MuonMomentum).add_(gradient, gradientScale);

        // Nesterov: the step looks one momentum ahead.
        Tensor ahead = gradient.mul(gradientScale).add_(average, settings.MuonMomentum);
        foreach ((ParameterSpec spec, long start) in parameters.Places)
        {
            if (start >= count)
            {
                break;
            }

            using var inner = NewDisposeScope();
            using Tensor weight = FlatParameters.ViewOf(parameters.Data, spec, start);
            using Tensor moved = FlatParameters.ViewOf(ahead, spec, start);
            Tensor update = NewtonSchulz.Orthogonalize(moved);
            double scale = UpdateScale * Math.Sqrt(Math.Max(spec.Shape[0], spec.Shape[1]));
            weight.mul_(1 - (learningRate * settings.WeightDecay)).add_(update, -learningRate * scale);
        }
    }
}
