using Panorama.Core.Numerics;
using Panorama.Modeling.Native;
using static TorchSharp.torch;

namespace Panorama.Modeling.Parameters;

/// <summary>
/// The memory of a model: all weights in one flat tensor and all gradients in another, so that clipping, the optimizer,
/// and a reduction over processes are one pass each. Weights that decay come first.
/// </summary>
public sealed class FlatParameters : IDisposable
{
    private readonly List<(Weight Weight, long Start)> _places = [];

    /// <summary>Allocates the buffers and gives every weight its view; values are undefined until initialized or loaded.</summary>
    /// <param name="weights">The weights of a model.</param>
    /// <param name="device">Where the buffers live.</param>
    /// <param name="type">Element type: float32, or float64 for gradient checks.</param>
    /// <param name="trainable">Whether gradients are kept.</param>
    public FlatParameters(IReadOnlyList<Weight> weights, Device? device = null, ScalarType type = ScalarType.Float32, bool trainable = true)
    {
        TorchRuntime.EnsureLoaded();
        Weight[] ordered = [.. weights.Where(w => w.Kind == WeightKind.Matrix), .. weights.Where(w => w.Kind != WeightKind.Matrix)];
        DecayingCount = ordered.Where(w => w.Kind == WeightKind.Matrix).Sum(w => w.Count);
        Count = ordered.Sum(w => w.Count);
        Data = empty(Count, type, device ?? CPU).DetachFromDisposeScope();
        Gradient = trainable ? zeros(Count, type, device ?? CPU).DetachFromDisposeScope() : null;
        long start = 0;
        foreach (Weight weight in ordered)
        {
            weight.Own = View(Data, start, weight.Count, weight.Shape);
            if (Gradient is not null)
            {
                weight.Own.requires_grad = true;
                using Tensor gradient = View(Gradient, start, weight.Count, weight.Shape);
                weight.Own.grad = gradient;
            }

            _places.Add((weight, start));
            start += weight.Count;
        }
    }

    /// <summary>All weights: [Count].</summary>
    public Tensor Data { get; }

    /// <summary>All gradients: [Count]; <see langword="null"/> when the model only runs forward.</summary>
    public Tensor? Gradient { get; }

    /// <summary>Number of parameters.</summary>
    public long Count { get; }

    /// <summary>How many of them, from the start, decay.</summary>
    public long DecayingCount { get; }

    /// <summary>Every parameter of the checkpoint with its place in the flat buffers, in order of place.</summary>
    public IEnumerable<(ParameterSpec Spec, long Start)> Places
    {
        get
        {
            foreach ((Weight weight, long start) in _places)
            {
                long place = start;
                foreach (ParameterSpec part in weight.Parts)
                {
                    yield return (part, place);
                    place += part.Count;
                }
            }
        }
    }

    /// <summary>A parameter's view of a flat buffer of this layout. The caller disposes it.</summary>
    /// <param name="flat">A tensor of <see cref="Count"/> elements.</param>
    /// <param name="spec">The parameter.</param>
    /// <param name="start">Its place.</param>
    public static Tensor ViewOf(Tensor flat, ParameterSpec spec, long start) => View(flat, start, spec.Count, spec.Shape);

    /// <summary>Draws every parameter anew. A parameter's values depend on the seed and its name alone.</summary>
    /// <param name="seed">The seed.</param>
    public void Initialize(ulong seed)
    {
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach ((ParameterSpec spec, long start) in Places)
        {
            using Tensor view = ViewOf(Data, spec, start);
            if (spec.Initializer.Deviation > 0)
            {
                using var generator = new Generator(seed ^ StableHash.Of(spec.Name), CPU);
                using Tensor values = empty([.. spec.Shape], ScalarType.Float32);
                values.normal_(spec.Initializer.Mean, spec.Initializer.Deviation, generator);
                view.copy_(values);
            }
            else
            {
                view.fill_(spec.Initializer.Mean);
            }
        }
    }

    /// <summary>Sets all gradients to zero, keeping their memory.</summary>
    public void ZeroGradient()
    {
        // An operation in place returns another handle of the same tensor.
        using Tensor same = Gradient!.zero_();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((Weight weight, _) in _places)
        {
            weight.Own.Dispose();
        }

        Data.Dispose();
        Gradient?.Dispose();
    }

    private static Tensor View(Tensor flat, long start, long count, IReadOnlyList<long> shape)
    {
        using Tensor part = flat.narrow(0, start, count);
        return part.view([.. shape]).DetachFromDisposeScope();
    }
}
