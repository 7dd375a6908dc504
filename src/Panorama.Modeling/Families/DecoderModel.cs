using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Attention;
using Panorama.Modeling.Blocks;
using Panorama.Modeling.Functions;
using Panorama.Modeling.Native;
using Panorama.Modeling.Parameters;
using Panorama.Modeling.Positions;
using Panorama.Modeling.Quantized;
using static TorchSharp.torch;

namespace Panorama.Modeling.Families;

/// <summary>
/// A causal decoder: embedding, blocks, final norm, output projection. Weights are named as Hugging Face names them.
/// B batch, T time, D width, V vocabulary.
/// </summary>
public sealed class DecoderModel : IDisposable
{
    /// <summary>Name of the output projection where it is not the embedding.</summary>
    internal const string OutputName = "lm_head.weight";

    private readonly DecoderBlock[] _blocks;
    private readonly RmsNorm _norm;
    private RotaryTable? _rotary;
    private DequantizedBuffer? _buffer;

    /// <summary>Declares the model without memory: <see cref="Allocate"/> gives it some.</summary>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="InputException">A part of the configuration has no implementation; names it.</exception>
    public DecoderModel(ModelConfig config)
    {
        Supported.Require(config);
        Config = config;
        var scope = new WeightScope();
        Initializer normal = Initializer.Normal(config.InitializerRange);
        Embedding = scope.Declare("model.embed_tokens.weight", WeightKind.Embedding, normal, config.VocabularySize, config.HiddenSize);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(i => new DecoderBlock(scope.Child($"model.layers.{i}"), config))];
        _norm = new RmsNorm(scope.Child("model.norm"), config.HiddenSize, config.Norm.Epsilon);
        Output = config.TieEmbeddings ? null : scope.Declare(OutputName, WeightKind.Embedding, normal, config.VocabularySize, config.HiddenSize);
        Weights = scope.All;
        Linears = [.. _blocks.SelectMany(b => b.Linears)];
    }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>The weights, declared or allocated.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>The hidden matrices, block by block in the order of their use: where adapters attach.</summary>
    public IReadOnlyList<Linear> Linears { get; }

    /// <summary>The memory, once allocated.</summary>
    public FlatParameters? Parameters { get; private set; }

    /// <summary>Element type of the activations; the weights keep theirs. bfloat16 pays on hardware that multiplies it faster than float32.</summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>Whether the backward pass computes a block's activations anew instead of keeping them.</summary>
    public bool RecomputeActivations { get; set; }

    /// <summary>The adapter in use; <see langword="null"/>: none. It is not disposed with the model.</summary>
    /// <exception cref="ArgumentException">The adapter belongs to another model, or has no memory yet.</exception>
    public LoraAdapter? Adapter
    {
        get;
        set
        {
            if (value is not null && (value.Model != this || value.Parameters is null))
            {
                throw new ArgumentException("the adapter belongs to another model or has no memory yet", nameof(value));
            }

            field?.Own.Use(false);
            field = value;
            value?.Own.Use(true);
            for (int i = 0; i < Linears.Count; i++)
            {
                Linears[i].Adapter = value?.Adapters[i];
            }
        }
    }

    /// <summary>The embedding: [V, D].</summary>
    internal Weight Embedding { get; }

    /// <summary>The output projection, [V, D]; <see langword="null"/>: it is the embedding.</summary>
    internal Weight? Output { get; }

    /// <summary>What training moves: the adapter in use, or else the model's own weights.</summary>
    public FlatParameters Trained => Adapter?.Parameters ?? Parameters ?? throw new InvalidOperationException("the model has no memory");

    /// <summary>Bytes that the model's own weights take as they are held, gradients and moments not counted.</summary>
    public long WeightBytes => (Parameters is { } held ? held.Count * held.Data.element_size() : 0) + Linears.Sum(l => l.QuantizedBytes) + (_buffer?.Bytes ?? 0);

    /// <summary>Number of parameters, allocated or not.</summary>
    public long ParameterCount => Weights.Sum(w => w.Count);

    /// <summary>Gives the model memory. Its values are undefined until initialized or loaded.</summary>
    /// <param name="device">Where it lives; <see langword="null"/>: the CPU.</param>
    /// <param name="type">Element type.</param>
    /// <param name="trainable">Whether gradients are kept.</param>
    /// <returns>The memory, owned by the model.</returns>
    public FlatParameters Allocate(Device? device = null, ScalarType type = ScalarType.Float32, bool trainable = true)
    {
        TorchRuntime.EnsureLoaded();
        var rotary = (RotaryPositions)Config.Positions;
        _rotary = new RotaryTable(Config.ContextLength, Config.Attention.HeadSize, rotary.Theta, device ?? CPU, type);
        ComputeType = type;
        return Parameters = new FlatParameters(Weights, device, type, trainable);
    }

    /// <summary>
    /// Gives the model memory for use as a frozen base on the CPU, its hidden matrices in 8 or 4 bits. Values are undefined
    /// until each matrix has been quantized and the others are loaded.
    /// </summary>
    /// <param name="largest">Receives the room for one matrix in float32, shared by all.</param>
    /// <returns>The memory of everything else.</returns>
    internal FlatParameters AllocateQuantized(out DequantizedBuffer largest)
    {
        TorchRuntime.EnsureLoaded();
        _rotary = new RotaryTable(Config.ContextLength, Config.Attention.HeadSize, ((RotaryPositions)Config.Positions).Theta, CPU, ScalarType.Float32);
        largest = _buffer = new DequantizedBuffer(Linears.Max(l => l.Weight.Count));
        return Parameters = new FlatParameters([.. Weights.Except(Linears.Select(l => l.Weight))], trainable: false);
    }

    /// <summary>The normalized output of the last block.</summary>
    /// <param name="tokens_BT">Token ids, int64: [batch, time].</param>
    /// <param name="caches">One cache a layer when the tokens continue a sequence; otherwise <see langword="null"/>.</param>
    /// <param name="starts">Where the sequences of packed rows start, if rows hold several; not with caches.</param>
    /// <returns>[batch, time, D].</returns>
    public Tensor Hidden(Tensor tokens_BT, KeyValueCache[]? caches = null, SequenceStarts? starts = null)
    {
        bool recompute = RecomputeActivations && caches is null && is_grad_enabled();
        Tensor x_BTD = Embed(tokens_BT).to(ComputeType);
        Tensor? delta_BTD = null;
        for (int i = 0; i < _blocks.Length; i++)
        {
            DecoderBlock block = _blocks[i];
            (x_BTD, delta_BTD) = recompute
                ? RecomputeFunction.Apply((x, delta) => block.Forward(x, delta, _rotary!, null, starts), x_BTD, delta_BTD)
                : block.Forward(x_BTD, delta_BTD, _rotary!, caches?[i], starts);
        }

        return _norm.Forward(x_BTD + delta_BTD!);
    }

    /// <summary>Scores every token of the vocabulary.</summary>
    /// <param name="hidden_BTD">Output of <see cref="Hidden"/>, or any rows of it: [..., D].</param>
    /// <returns>[..., V].</returns>
    public Tensor Logits(Tensor hidden_BTD)
    {
        Tensor logits_BTV = nn.functional.linear(hidden_BTD, OutputWeight.to(hidden_BTD.dtype));
        return Adapter?.Own.OutputRows?.Rescore(logits_BTV, hidden_BTD) ?? logits_BTV;
    }

    /// <summary>Sum of the negative log-likelihoods of the targets, nats, times a factor; the root of a backward pass.</summary>
    /// <param name="tokens_BT">Token ids, int64: [batch, time].</param>
    /// <param name="targets">The next token of each position, row by row; a negative one leaves the position out.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="starts">Where the sequences of packed rows start, if rows hold several.</param>
    /// <returns>A scalar; see <see cref="ProjectedCrossEntropy.Sum(Tensor, Tensor, long[], double)"/>.</returns>
    public Tensor Loss(Tensor tokens_BT, long[] targets, double scale = 1, SequenceStarts? starts = null) =>
        ProjectedCrossEntropy.Sum(Hidden(tokens_BT, starts: starts).view(-1, Config.HiddenSize), OutputWeight, targets, scale, Adapter?.Own.OutputRows);

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters?.Dispose();
        _rotary?.Dispose();
        _buffer?.Dispose();
    }

    private Tensor OutputWeight => (Output ?? Adapter?.Own.UntiedOutput)?.Value ?? (Adapter is { UntiesEmbeddings: true } ? Embedding.Own : Embedding.Value);

    private Tensor Embed(Tensor tokens_BT)
    {
        Tensor x_BTD = FusedKernels.Serve(Embedding.Value)
            ? EmbeddingFunction.Apply(Embedding.Value, tokens_BT)
            : Embedding.Value.index_select(0, tokens_BT.flatten()).view(tokens_BT.shape[0], tokens_BT.shape[1], Config.HiddenSize);
        return Adapter?.Own.InputRows?.Replace(x_BTD, tokens_BT) ?? x_BTD;
    }
}
