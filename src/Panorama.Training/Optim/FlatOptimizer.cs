using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using Panorama.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Training.Optim;

/// <summary>
/// AdamW over the flat buffers of a model, or Muon for its hidden matrices and AdamW for the rest; clipping included.
/// The two moments are flat tensors of the same layout; Muon keeps its momentum in the first. On the CPU the work runs in fixed-size pieces over all cores; the result does not depend on their number.
/// </summary>
public sealed class FlatOptimizer : IDisposable
{
    private const int Piece = 1 << 18;
    private readonly FlatParameters _parameters;
    private readonly OptimizerSettings _settings;
    private readonly Muon? _muon;

    /// <summary>Allocates the moments, zero.</summary>
    /// <param name="parameters">A trainable model's buffers.</param>
    /// <param name="settings">Decay rates and clipping.</param>
    public FlatOptimizer(FlatParameters parameters, OptimizerSettings settings)
    {
        (_parameters, _settings) = (parameters, settings);
        First = zeros_like(parameters.Data).DetachFromDisposeScope();
        Second = zeros_like(parameters.Data).DetachFromDisposeScope();
        _muon = settings.Kind == OptimizerKind.Muon ? new Muon(parameters, First, settings) : null;
    }

    /// <summary>First moments: the layout of <see cref="FlatParameters.Data"/>.</summary>
    public Tensor First { get; }

    /// <summary>Second moments: the layout of <see cref="FlatParameters.Data"/>.</summary>
    public Tensor Second { get; }

    /// <summary>Updates taken; enters the bias correction.</summary>
    public long Updates { get; set; }

    /// <summary>Euclidean norm of the gradient.</summary>
    public double GradientNorm()
    {
        using Tensor norm = _parameters.Gradient!.norm();
        return norm.ToDouble();
    }

    /// <summary>Clips the gradient by its global norm and moves the weights.</summary>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="gradientNorm">Result of <see cref="GradientNorm"/> on the same gradient.</param>
    public void Step(double learningRate, double gradientNorm)
    {
        Updates++;
        double limit = _settings.MaxGradientNorm;
        double scale = limit > 0 && gradientNorm > limit ? limit / gradientNorm : 1;
        _muon?.Step(learningRate, scale);
        long start = _muon is null ? 0 : _parameters.DecayingCount;
        AdamWConstants decaying = Constants(learningRate, scale, _settings.WeightDecay);
        AdamWConstants plain = Constants(learningRate, scale, 0);
        if (_parameters.Data.device_type == DeviceType.CPU && _parameters.Data.dtype == ScalarType.Float32)
        {
            StepOnCpu(start, decaying, plain);
        }
        else
        {
            StepByOperators(start, _parameters.DecayingCount - start, decaying);
            StepByOperators(_parameters.DecayingCount, _parameters.Count - _parameters.DecayingCount, plain);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private AdamWConstants Constants(double learningRate, double scale, double decay) => new(
        (float)_settings.Beta1,
        (float)_settings.Beta2,
        (float)_settings.Epsilon,
        (float)(learningRate / (1 - Math.Pow(_settings.Beta1, Updates))),
        (float)(1 / Math.Sqrt(1 - Math.Pow(_settings.Beta2, Updates))),
        (float)(1 - (learningRate * decay)),
        (float)scale);

    private unsafe void StepOnCpu(long from, AdamWConstants decaying, AdamWConstants plain)
    {
        var weights = (float*)TensorMemory.Address(_parameters.Data);
        var gradients = (float*)TensorMemory.Address(_parameters.Gradient!);
        var first = (float*)TensorMemory.Address(First);
        var second = (float*)TensorMemory.Address(Second);
        Range(from, _parameters.DecayingCount, decaying);
        Range(_parameters.DecayingCount, _parameters.Count, plain);

        void Range(long start, long end, AdamWConstants constants)
        {
            int pieces = checked((int)((end - start + Piece - 1) / Piece));
            TorchThreads.For(pieces, piece =>
            {
                long at = start + ((long)piece * Piece);
                int length = (int)Math.Min(Piece, end - at);
                AdamWKernel.Update(new(weights + at, length), new(gradients + at, length), new(first + at, length), new(second + at, length), constants);
            });
        }
    }

    private void StepByOperators(long start, long count, AdamWConstants c)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        Tensor g = _parameters.Gradient!.narrow(0, start, count) * c.GradientScale;
        Tensor m = First.narrow(0, start, count).mul_(c.Beta1).add_(g, 1 - c.Beta1);
        Tensor v = Second.narrow(0, start, count).mul_(c.Beta2).addcmul_(g, g, 1 - c.Beta2);
        Tensor direction = m / (v.sqrt() * c.RootCorrection).add_(c.Epsilon);
        _parameters.Data.narrow(0, start, count).mul_(c.Shrink).add_(direction, -c.StepSize);
    }
}
