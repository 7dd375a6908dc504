using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// A low-rank adapter of a model: LoRA (Hu et al. 2021, arXiv:2106.09685), rsLoRA (arXiv:2312.03732) or DoRA (arXiv:2402.09353).
/// A model can have several; <see cref="DecoderModel.Adapter"/> is the one in use.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly LinearAdapter?[] _adapters;
    private readonly int _dropoutThreshold;
    private (ulong Seed, long Step, int Pass)? _pass;

    /// <summary>Declares the adapter without memory.</summary>
    /// <param name="model">The model it belongs to.</param>
    /// <param name="config">Rank, scale, and what is adapted.</param>
    /// <exception cref="InputException">The rank is larger than a matrix allows.</exception>
    public LoraAdapter(DecoderModel model, LoraConfig config)
    {
        (Model, Config) = (model, config);
        _dropoutThreshold = Dropout.ThresholdOf(config.Dropout);
        _adapters = [.. model.Linears.Select((linear, index) =>
        {
            int[] targets = [.. Enumerable.Range(0, linear.Weight.Parts.Count).Where(t => config.Targets(PeftNames.LastPart(linear.Weight.Parts[t].Name)))];
            foreach (int target in targets)
            {
                ParameterSpec spec = linear.Weight.Parts[target];
                Require.That(config.Rank <= spec.Shape.Min(), config.Rank, "r", $"at most {spec.Shape.Min()}, the smaller side of {spec.Name}");
            }

            return targets.Length == 0 ? null : new LinearAdapter(linear, this, index, targets);
        })];
        Weights = [.. _adapters.SelectMany(a => a?.Weights ?? [])];
    }

    /// <summary>The settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>The factors and magnitudes, named as PEFT names them.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>Their memory, once allocated.</summary>
    public FlatParameters? Parameters { get; private set; }

    /// <summary>Number of parameters, allocated or not.</summary>
    public long ParameterCount => Weights.Sum(w => w.Count);

    /// <summary>The model it belongs to.</summary>
    internal DecoderModel Model { get; }

    /// <summary>The adapters, one for each of the model's linear layers.</summary>
    internal IReadOnlyList<LinearAdapter?> Adapters => _adapters;

    /// <summary>Gives the adapter memory; its values are undefined until initialized or loaded.</summary>
    /// <param name="trainable">Whether gradients are kept.</param>
    /// <returns>The memory, owned by the adapter.</returns>
    public FlatParameters Allocate(bool trainable)
    {
        Tensor like = Model.Parameters!.Data;
        return Parameters = new FlatParameters(Weights, like.device, like.dtype, trainable);
    }

    /// <summary>Starts the adapter so that it changes nothing: A random, B zero, m the lengths of the base's rows.</summary>
    /// <param name="seed">The seed.</param>
    public void Initialize(ulong seed)
    {
        Parameters!.Initialize(seed);
        using IDisposable quiet = no_grad();
        foreach ((LinearAdapter? adapter, int index) in _adapters.Select((a, i) => (a, i)))
        {
            if (adapter is not { UseDora: true })
            {
                continue;
            }

            using var scope = NewDisposeScope();
            foreach ((AdaptedPart part, Tensor norms) in adapter.Parts.Zip(adapter.RowNorms(Model.Linears[index].Matrix())))
            {
                part.Magnitude!.Value.copy_(norms);
            }
        }
    }

    /// <summary>Begins a pass of training: dropout is on, with a mask that depends on these numbers and the place in the model alone.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="pass">The micro-batch within the step.</param>
    public void BeginPass(ulong seed, long step, int pass) => _pass = (seed, step, pass);

    /// <summary>Ends the pass: dropout is off.</summary>
    public void EndPass() => _pass = null;

    /// <summary>Adds the adapter to the model's own weights. Use the model without the adapter afterwards.</summary>
    /// <exception cref="InvalidOperationException">The model's weights are quantized.</exception>
    public void Merge()
    {
        for (int i = 0; i < _adapters.Length; i++)
        {
            _adapters[i]?.MergeInto(Model.Linears[i].Weight.Value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Model.Adapter == this)
        {
            Model.Adapter = null;
        }

        foreach (LinearAdapter? adapter in _adapters)
        {
            adapter?.Release();
        }

        Parameters?.Dispose();
    }

    /// <summary>The dropout of a linear layer in the pass under way; <see langword="null"/>: none.</summary>
    /// <param name="index">Number of the layer.</param>
    internal Dropout? DropoutOf(int index)
    {
        if (_pass is not var (seed, step, pass) || _dropoutThreshold == 0)
        {
            return null;
        }

        // Fields of fixed width cannot collide: 2³² steps, 2¹⁶ passes, 2¹⁶ layers.
        ulong stream = ((ulong)step << 32) | ((ulong)(ushort)pass << 16) | (ushort)index;
        return new Dropout(_dropoutThreshold, seed, stream);
    }
}
