using Panorama.Modeling.Parameters;
using Panorama.Training.Settings;
using static TorchSharp.torch;

namespace Panorama.Training.Optim;

/// <summary>
/// Muon for hidden matrices: momentum, then orthogonalization, so that every direction of a matrix moves alike
/// (Jordan et al. 2024; scale by Liu et al. 2025, arXiv:2502.16982, section 2.2, which makes one learning rate and decay fit
/// both Muon and AdamW). Stacked projections are orthogonalized one by one; matrices of one shape share the work.
/// </summary>
internal sealed class Muon
{
    private const double UpdateScale = 0.2;

    // 16 MiB of matrices at a time.
    private const long GroupElements = 1 << 22;

    private readonly FlatParameters _parameters;
    private readonly Tensor _momentum;
    private readonly OptimizerSettings _settings;
    private readonly (ParameterSpec Spec, long Start)[][] _groups;

    /// <summary>Groups the matrices by shape.</summary>
    /// <param name="parameters">A trainable model's buffers.</param>
    /// <param name="momentum">Flat momentum buffer of the same layout.</param>
    /// <param name="settings">Momentum and decay.</param>
    public Muon(FlatParameters parameters, Tensor momentum, OptimizerSettings settings)
    {
        (_parameters, _momentum, _settings) = (parameters, momentum, settings);
        _groups =
        [
            .. parameters.Places.TakeWhile(p => p.Start < parameters.DecayingCount)
                .GroupBy(p => (Math.Min(p.Spec.Shape[0], p.Spec.Shape[1]), Math.Max(p.Spec.Shape[0], p.Spec.Shape[1])))
                .SelectMany(g => g.Chunk((int)Math.Max(1, GroupElements / g.First().Spec.Count))),
        ];
    }

    /// <summary>Moves the hidden matrices.</summary>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="gradientScale">Factor on the gradient: clipping.</param>
    public void Step(double learningRate, double gradientScale)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        long count = _parameters.DecayingCount;
        Tensor gradient = _parameters.Gradient!.narrow(0, 0, count);
        Tensor average = _momentum.narrow(0, 0, count);
        average.mul_(_settings.MuonMomentum).add_(gradient, gradientScale);

        // Nesterov: the step looks one momentum ahead.
        Tensor ahead = gradient.mul(gradientScale).add_(average, _settings.MuonMomentum);
        foreach ((ParameterSpec Spec, long Start)[] group in _groups)
        {
            using var inner = NewDisposeScope();
            Tensor updates_GSL = NewtonSchulz.Orthogonalize(Stack(ahead, group));
            for (int i = 0; i < group.Length; i++)
            {
                (ParameterSpec spec, long start) = group[i];
                using Tensor weight = FlatParameters.ViewOf(_parameters.Data, spec, start);
                double scale = UpdateScale * Math.Sqrt(updates_GSL.shape[2]);
                Wide(weight).mul_(1 - (learningRate * _settings.WeightDecay)).add_(updates_GSL[i], -learningRate * scale);
            }
        }
    }

    private static Tensor Stack(Tensor flat, (ParameterSpec Spec, long Start)[] group)
    {
        Tensor[] views = [.. group.Select(p => FlatParameters.ViewOf(flat, p.Spec, p.Start))];
        Tensor stacked_GSL = stack([.. views.Select(Wide)]);
        Array.ForEach(views, v => v.Dispose());
        return stacked_GSL;
    }

    private static Tensor Wide(Tensor matrix) => matrix.shape[0] > matrix.shape[1] ? matrix.t() : matrix;
}
