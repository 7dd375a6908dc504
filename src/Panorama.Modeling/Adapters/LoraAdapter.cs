using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Families;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// A low-rank adapter of a model: LoRA (Hu et al. 2021, arXiv:2106.09685), rsLoRA (arXiv:2312.03732) or DoRA (arXiv:2402.09353), and
/// perhaps whole modules and rows of the token tables of its own.
/// A model can have several; <see cref="DecoderModel.Adapter"/> is the one in use.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly LinearAdapter?[] _adapters;
    private readonly int _dropoutThreshold;
    private (ulong Seed, long Step, int Pass)? _pass;
    private Tensor? _room;

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
        Own = new OwnModules(model, config);
        Weights = [.. _adapters.SelectMany(a => a?.Weights ?? []), .. Own.Weights];
    }

    /// <summary>The settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>The factors and magnitudes, then whole modules and rows of the token tables; named as PEFT names them.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>Their memory, once allocated.</summary>
    public FlatParameters? Parameters { get; private set; }

    /// <summary>Number of parameters, allocated or not.</summary>
    public long ParameterCount => Weights.Sum(w => w.Count);

    /// <summary>Whether input and output have different tables with the adapter where the base has one for both.</summary>
    public bool UntiesEmbeddings => Own.Unties;

    /// <summary>Whether a pass of training is under way.</summary>
    internal bool Trains => _pass is not null;

    /// <summary>The modules and rows that stand in the place of the base's.</summary>
    internal OwnModules Own { get; }

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

    /// <summary>Starts the adapter so that it changes nothing: A random, B zero, m the lengths of the base's rows, modules and rows of its own as they are in the base.</summary>
    /// <param name="seed">The seed.</param>
    public void Initialize(ulong seed)
    {
        Parameters!.Initialize(seed);
        Own.Initialize();
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
    /// <exception cref="InvalidOperationException">The model's weights are quantized, or the adapter <see cref="UntiesEmbeddings"/>: then <see cref="MergeUntied"/> serves.</exception>
    public void Merge()
    {
        Own.Merge();
        MergeFactors();
    }

    /// <summary>Adds the factors to the model's own weights, and gives a model with an output projection of its own that has these and the adapter's tables.</summary>
    /// <returns>A model of the same shape, not tied, to be disposed by the caller.</returns>
    public DecoderModel MergeUntied()
    {
        MergeFactors();
        ModelConfig c = Model.Config;
        var merged = new DecoderModel(new ModelConfig(c.Family, c.VocabularySize, c.HiddenSize, c.Layers, c.ContextLength, c.Attention, c.FeedForward, c.Norm, c.Positions, c.Causal, tieEmbeddings: false, c.InitializerRange));
        merged.Allocate(trainable: false);
        using IDisposable quiet = no_grad();
        using var scope = NewDisposeScope();
        bool before = Model.Adapter == this;
        Own.Use(true);
        foreach ((Weight target, Weight source) in merged.Weights.Zip(Model.Weights))
        {
            target.Value.copy_(source.Value);
        }

        merged.Output!.Value.copy_(Own.UntiedOutput?.Value ?? Model.Embedding.Own);
        Own.Use(before);
        return merged;
    }

    private void MergeFactors()
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

        Own.Dispose();
        _room?.Dispose();
        Parameters?.Dispose();
    }

    /// <summary>Memory for one matrix with its adapter, shared by all layers.</summary>
    /// <param name="weight">Whose shape it takes.</param>
    internal Tensor Room(Weight weight)
    {
        Tensor like = Parameters!.Data;
        _room ??= empty(Model.Linears.Max(l => l.Weight.Count), like.dtype, like.device).DetachFromDisposeScope();
        return _room.narrow(0, 0, weight.Count).view([.. weight.Shape]);
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
