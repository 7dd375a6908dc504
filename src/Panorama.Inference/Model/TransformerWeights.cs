using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Inference.Threading;
using Panorama.Quantization.Formats;

namespace Panorama.Inference.Model;

/// <summary>All weights of a model, repacked. Embeddings stay where they are mapped: a step reads a few rows of them.</summary>
internal sealed class TransformerWeights : IDisposable
{
    private readonly IModelWeights _source;

    private TransformerWeights(IModelWeights source, ModelConfig config, WorkerPool pool)
    {
        _source = source;
        Config = config;
        TokenEmbedding = Find(WeightRole.TokenEmbedding, 0);
        PositionEmbedding = config.Positions is LearnedPositions ? Find(WeightRole.PositionEmbedding, 0) : null;
        TokenTypeEmbedding = source.TryGet(WeightRole.TokenTypeEmbedding, 0, out WeightView? types) ? types : null;
        EmbeddingNorm = source.TryGet(WeightRole.EmbeddingNorm, 0, out _) ? Norm(WeightRole.EmbeddingNorm, WeightRole.EmbeddingNormBias, 0) : null;
        OutputNorm = source.TryGet(WeightRole.OutputNorm, 0, out _) ? Norm(WeightRole.OutputNorm, WeightRole.OutputNormBias, 0) : null;
        Layers = new LayerWeights[config.Layers];
        for (int i = 0; i < Layers.Length; i++)
        {
            Layers[i] = Layer(i, pool);
        }

        if (config.Causal)
        {
            Output = MatrixPacker.Pack(source.TryGet(WeightRole.Output, 0, out WeightView? output) ? output : TokenEmbedding, pool);
        }

        source.ReleasePages();
    }

    public ModelConfig Config { get; }

    public WeightView TokenEmbedding { get; }

    public WeightView? PositionEmbedding { get; }

    public WeightView? TokenTypeEmbedding { get; }

    public NormWeights? EmbeddingNorm { get; }

    public LayerWeights[] Layers { get; }

    public NormWeights? OutputNorm { get; }

    /// <summary>The projection to logits; null for an encoder.</summary>
    public PackedMatrix? Output { get; }

    /// <summary>All matrices.</summary>
    public IEnumerable<PackedMatrix> Matrices => Output is null ? Layers.SelectMany(static layer => layer.Matrices) : Layers.SelectMany(static layer => layer.Matrices).Append(Output);

    /// <summary>Bytes of weights that a decode step reads.</summary>
    public long Bytes => Matrices.Sum(static matrix => matrix.Bytes);

    /// <summary>Repacks the weights of a model.</summary>
    /// <param name="source">The weights as stored; owned from now on.</param>
    /// <param name="config">The model.</param>
    /// <param name="pool">Threads to do it.</param>
    /// <exception cref="InputException">A weight is missing.</exception>
    public static TransformerWeights Load(IModelWeights source, ModelConfig config, WorkerPool pool) => new(source, config, pool);

    /// <summary>Finds a weight as stored.</summary>
    /// <param name="role">What it does.</param>
    /// <param name="layer">The block.</param>
    /// <param name="weight">The weight found.</param>
    public bool TryFind(WeightRole role, int layer, [NotNullWhen(true)] out WeightView? weight) => _source.TryGet(role, layer, out weight);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LayerWeights layer in Layers)
        {
            layer.Dispose();
        }

        EmbeddingNorm?.Dispose();
        OutputNorm?.Dispose();
        Output?.Dispose();
        _source.Dispose();
    }

    private LayerWeights Layer(int i, WorkerPool pool)
    {
        AttentionConfig attention = Config.Attention;
        return new LayerWeights
        {
            AttentionNorm = Norm(WeightRole.AttentionNorm, WeightRole.AttentionNormBias, i),
            Query = Matrix(WeightRole.Query),
            Key = Matrix(WeightRole.Key),
            Value = Matrix(WeightRole.Value),
            QueryBias = Vector(WeightRole.QueryBias, i, attention.InputBias),
            KeyBias = Vector(WeightRole.KeyBias, i, attention.InputBias),
            ValueBias = Vector(WeightRole.ValueBias, i, attention.InputBias),
            QueryNorm = Vector(WeightRole.QueryNorm, i, attention.NormalizeQueryKey),
            KeyNorm = Vector(WeightRole.KeyNorm, i, attention.NormalizeQueryKey),
            AttentionOutput = Matrix(WeightRole.AttentionOutput),
            AttentionOutputBias = Vector(WeightRole.AttentionOutputBias, i, attention.OutputBias),
            FeedForwardNorm = Norm(WeightRole.FeedForwardNorm, WeightRole.FeedForwardNormBias, i),
            Gate = Config.FeedForward.Gated ? Matrix(WeightRole.Gate) : null,
            Up = Matrix(WeightRole.Up),
            UpBias = Vector(WeightRole.UpBias, i, Config.FeedForward.Bias),
            Down = Matrix(WeightRole.Down),
            DownBias = Vector(WeightRole.DownBias, i, Config.FeedForward.Bias),
        };

        PackedMatrix Matrix(WeightRole role) => MatrixPacker.Pack(Find(role, i), pool);
    }

    private NormWeights Norm(WeightRole gain, WeightRole bias, int layer) =>
        new(Vector(gain, layer, needed: true)!, Config.Norm.Kind == NormKind.LayerNorm ? Vector(bias, layer, _source.TryGet(bias, layer, out _)) : null);

    private unsafe NativeBuffer? Vector(WeightRole role, int layer, bool needed)
    {
        if (!needed)
        {
            return null;
        }

        WeightView view = Find(role, layer);
        var buffer = new NativeBuffer((long)view.Columns * sizeof(float));
        BlockCodec.Dequantize(view.Format, view.Row(0), MemoryMarshal.CreateSpan(ref *(float*)buffer.Pointer, view.Columns));
        return buffer;
    }

    private WeightView Find(WeightRole role, int layer) => _source.TryGet(role, layer, out WeightView? view)
        ? view
        : throw new InputException($"The model has no weight {role} in layer {layer}.");
}
