namespace Panorama.Inference.Families;

/// <summary>What a weight does in a Transformer, whatever its name in a file. Matrices are [outputs, inputs].</summary>
public enum WeightRole
{
    /// <summary>[vocabulary, hidden].</summary>
    TokenEmbedding,

    /// <summary>[positions, hidden]: learned positions.</summary>
    PositionEmbedding,

    /// <summary>[types, hidden]: segments of BERT.</summary>
    TokenTypeEmbedding,

    /// <summary>[hidden]: the norm behind the embeddings (BERT).</summary>
    EmbeddingNorm,

    /// <summary>Bias of <see cref="EmbeddingNorm"/>.</summary>
    EmbeddingNormBias,

    /// <summary>[hidden]: before the attention; with norms after the sublayers, behind it.</summary>
    AttentionNorm,

    /// <summary>Bias of <see cref="AttentionNorm"/>.</summary>
    AttentionNormBias,

    /// <summary>[heads · head size, hidden].</summary>
    Query,

    /// <summary>Bias of <see cref="Query"/>.</summary>
    QueryBias,

    /// <summary>[key/value heads · head size, hidden].</summary>
    Key,

    /// <summary>Bias of <see cref="Key"/>.</summary>
    KeyBias,

    /// <summary>[key/value heads · head size, hidden].</summary>
    Value,

    /// <summary>Bias of <see cref="Value"/>.</summary>
    ValueBias,

    /// <summary>[head size]: norm of each query head (Qwen3).</summary>
    QueryNorm,

    /// <summary>[head size]: norm of each key head (Qwen3).</summary>
    KeyNorm,

    /// <summary>[hidden, heads · head size].</summary>
    AttentionOutput,

    /// <summary>Bias of <see cref="AttentionOutput"/>.</summary>
    AttentionOutputBias,

    /// <summary>[hidden]: before the feed-forward layer; with norms after the sublayers, behind it.</summary>
    FeedForwardNorm,

    /// <summary>Bias of <see cref="FeedForwardNorm"/>.</summary>
    FeedForwardNormBias,

    /// <summary>[intermediate, hidden]: the gate of a gated layer.</summary>
    Gate,

    /// <summary>[intermediate, hidden].</summary>
    Up,

    /// <summary>Bias of <see cref="Up"/>.</summary>
    UpBias,

    /// <summary>[hidden, intermediate].</summary>
    Down,

    /// <summary>Bias of <see cref="Down"/>.</summary>
    DownBias,

    /// <summary>[hidden]: the last norm.</summary>
    OutputNorm,

    /// <summary>Bias of <see cref="OutputNorm"/>.</summary>
    OutputNormBias,

    /// <summary>[vocabulary, hidden]: absent when the embedding serves.</summary>
    Output,
}
