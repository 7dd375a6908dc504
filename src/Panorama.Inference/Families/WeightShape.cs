using Panorama.Core.Configuration;

namespace Panorama.Inference.Families;

/// <summary>A weight that a configuration calls for.</summary>
/// <param name="Role">What it does.</param>
/// <param name="Rows">Outputs; 1 for a vector.</param>
/// <param name="Columns">Inputs, or the length of a vector.</param>
/// <param name="IsVector">Whether it is a norm or a bias.</param>
internal sealed record WeightShape(WeightRole Role, int Rows, int Columns, bool IsVector)
{
    /// <summary>The weights outside the blocks.</summary>
    /// <param name="config">The model.</param>
    public static IReadOnlyList<WeightShape> OfModel(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var shapes = new List<WeightShape> { Matrix(WeightRole.TokenEmbedding, config.VocabularySize, config.HiddenSize) };
        if (config.Positions is LearnedPositions)
        {
            shapes.Add(Matrix(WeightRole.PositionEmbedding, config.ContextLength, config.HiddenSize));
        }

        if (config.TokenTypes > 0)
        {
            shapes.Add(Matrix(WeightRole.TokenTypeEmbedding, config.TokenTypes, config.HiddenSize));
        }

        // With norms behind the sublayers the first one stands behind the embeddings and the last block ends in its own.
        AddNorm(shapes, config, config.Norm.Placement == NormPlacement.Post ? WeightRole.EmbeddingNorm : WeightRole.OutputNorm);
        if (!config.TieEmbeddings)
        {
            shapes.Add(Matrix(WeightRole.Output, config.VocabularySize, config.HiddenSize));
        }

        return shapes;
    }

    /// <summary>The weights of every block.</summary>
    /// <param name="config">The model.</param>
    public static IReadOnlyList<WeightShape> OfBlock(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        AttentionConfig attention = config.Attention;
        FeedForwardConfig feedForward = config.FeedForward;
        int queries = attention.Heads * attention.HeadSize;
        int keys = attention.KeyValueHeads * attention.HeadSize;
        var shapes = new List<WeightShape>();
        AddNorm(shapes, config, WeightRole.AttentionNorm);
        AddMatrix(shapes, WeightRole.Query, queries, config.HiddenSize, attention.InputBias);
        AddMatrix(shapes, WeightRole.Key, keys, config.HiddenSize, attention.InputBias);
        AddMatrix(shapes, WeightRole.Value, keys, config.HiddenSize, attention.InputBias);
        if (attention.NormalizeQueryKey)
        {
            shapes.Add(Vector(WeightRole.QueryNorm, attention.HeadSize));
            shapes.Add(Vector(WeightRole.KeyNorm, attention.HeadSize));
        }

        AddMatrix(shapes, WeightRole.AttentionOutput, config.HiddenSize, queries, attention.OutputBias);
        AddNorm(shapes, config, WeightRole.FeedForwardNorm);
        if (feedForward.Gated)
        {
            shapes.Add(Matrix(WeightRole.Gate, feedForward.IntermediateSize, config.HiddenSize));
        }

        AddMatrix(shapes, WeightRole.Up, feedForward.IntermediateSize, config.HiddenSize, feedForward.Bias);
        AddMatrix(shapes, WeightRole.Down, config.HiddenSize, feedForward.IntermediateSize, feedForward.Bias);
        return shapes;
    }

    private static WeightShape Matrix(WeightRole role, int rows, int columns) => new(role, rows, columns, IsVector: false);

    private static WeightShape Vector(WeightRole role, int length) => new(role, 1, length, IsVector: true);

    private static void AddMatrix(List<WeightShape> shapes, WeightRole role, int rows, int columns, bool bias)
    {
        shapes.Add(Matrix(role, rows, columns));
        if (bias)
        {
            shapes.Add(Vector(BiasOf(role), rows));
        }
    }

    private static void AddNorm(List<WeightShape> shapes, ModelConfig config, WeightRole role)
    {
        shapes.Add(Vector(role, config.HiddenSize));
        if (config.Norm.Kind == NormKind.LayerNorm)
        {
            shapes.Add(Vector(BiasOf(role), config.HiddenSize));
        }
    }

    private static WeightRole BiasOf(WeightRole role) => role switch
    {
        WeightRole.EmbeddingNorm => WeightRole.EmbeddingNormBias,
        WeightRole.AttentionNorm => WeightRole.AttentionNormBias,
        WeightRole.Query => WeightRole.QueryBias,
        WeightRole.Key => WeightRole.KeyBias,
        WeightRole.Value => WeightRole.ValueBias,
        WeightRole.AttentionOutput => WeightRole.AttentionOutputBias,
        WeightRole.FeedForwardNorm => WeightRole.FeedForwardNormBias,
        WeightRole.Up => WeightRole.UpBias,
        WeightRole.Down => WeightRole.DownBias,
        WeightRole.OutputNorm => WeightRole.OutputNormBias,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "has no bias"),
    };
}
