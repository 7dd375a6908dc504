using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>
/// The shape of a Transformer of any family, made of typed parts. Weights and run state are other types.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>Validates and makes the configuration.</summary>
    /// <param name="family">The checkpoint layout.</param>
    /// <param name="vocabularySize">Rows of the embedding.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="layers">Blocks.</param>
    /// <param name="contextLength">Longest sequence in tokens.</param>
    /// <param name="attention">Heads and pattern.</param>
    /// <param name="feedForward">The feed-forward layer.</param>
    /// <param name="norm">The normalization layers.</param>
    /// <param name="positions">How positions enter.</param>
    /// <param name="causal">Whether a token sees only itself and those before it.</param>
    /// <param name="tieEmbeddings">Whether the output projection is the embedding (Press and Wolf 2017, arXiv:1608.05859).</param>
    /// <param name="initializerRange">Standard deviation of the initial weights.</param>
    /// <param name="tokenTypes">Rows of the embedding of token types (BERT); 0: there is none.</param>
    /// <exception cref="InputException">A value is out of range, or the parts do not fit each other.</exception>
    public ModelConfig(
        ModelFamily family,
        int vocabularySize,
        int hiddenSize,
        int layers,
        int contextLength,
        AttentionConfig attention,
        FeedForwardConfig feedForward,
        NormConfig norm,
        PositionConfig positions,
        bool causal = true,
        bool tieEmbeddings = false,
        double initializerRange = 0.02,
        int tokenTypes = 0)
    {
        Family = family;
        VocabularySize = Require.That(vocabularySize is >= 2 and <= 1 << 24, vocabularySize, "vocab_size", "2 to 16,777,216");
        HiddenSize = Require.That(hiddenSize is >= 1 and <= 1 << 20, hiddenSize, "hidden_size", "1 to 1,048,576");
        Layers = Require.That(layers is >= 1 and <= 10_000, layers, "num_hidden_layers", "1 to 10,000");
        ContextLength = Require.That(contextLength is >= 1 and <= 1 << 27, contextLength, "max_position_embeddings", "1 to 134,217,728");
        InitializerRange = Require.That(initializerRange is > 0 and <= 10, initializerRange, "initializer_range", "a number in (0, 10]");
        TokenTypes = Require.That(tokenTypes is >= 0 and <= 65_536, tokenTypes, "type_vocab_size", "0 to 65,536");
        Attention = attention;
        FeedForward = feedForward;
        Norm = norm;
        Positions = positions;
        Causal = causal;
        TieEmbeddings = tieEmbeddings;
        if (positions is RotaryPositions rotary)
        {
            Require.That(attention.HeadSize % 2 == 0, attention.HeadSize, "head_dim with rotary positions", "an even number");
            int? factors = (rotary.Scaling as FactorScaling)?.Factors.Count;
            Require.That(factors is null || factors == attention.HeadSize / 2, factors, "the number of rope frequency factors", $"{attention.HeadSize / 2}, half the head size");
        }
    }

    /// <summary>The checkpoint layout.</summary>
    public ModelFamily Family { get; }

    /// <summary>Rows of the embedding.</summary>
    public int VocabularySize { get; }

    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize { get; }

    /// <summary>Blocks.</summary>
    public int Layers { get; }

    /// <summary>Longest sequence in tokens.</summary>
    public int ContextLength { get; }

    /// <summary>Heads and pattern.</summary>
    public AttentionConfig Attention { get; }

    /// <summary>The feed-forward layer.</summary>
    public FeedForwardConfig FeedForward { get; }

    /// <summary>The normalization layers.</summary>
    public NormConfig Norm { get; }

    /// <summary>How positions enter.</summary>
    public PositionConfig Positions { get; }

    /// <summary>Whether a token sees only itself and those before it.</summary>
    public bool Causal { get; }

    /// <summary>Whether the output projection is the embedding.</summary>
    public bool TieEmbeddings { get; }

    /// <summary>Standard deviation of the initial weights.</summary>
    public double InitializerRange { get; }

    /// <summary>Rows of the embedding of token types; 0: there is none.</summary>
    public int TokenTypes { get; }

    /// <summary>A LLaMA-style decoder: RMSNorm before each sublayer, rotary positions, SwiGLU, no biases.</summary>
    /// <param name="vocabularySize">Rows of the embedding.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="layers">Blocks.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyValueHeads">Key and value heads.</param>
    /// <param name="intermediateSize">Width of the feed-forward layer.</param>
    /// <param name="contextLength">Longest sequence in tokens.</param>
    /// <param name="headSize">Width of a head; <see langword="null"/>: <paramref name="hiddenSize"/> / <paramref name="heads"/>.</param>
    /// <param name="theta">Base of the rotary wavelengths.</param>
    /// <param name="normEpsilon">Epsilon of RMSNorm; 1e-5 in LLaMA 2.</param>
    /// <param name="tieEmbeddings">Whether the output projection is the embedding.</param>
    /// <param name="initializerRange">Standard deviation of the initial weights.</param>
    /// <exception cref="InputException">A value is out of range.</exception>
    public static ModelConfig Llama(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int keyValueHeads,
        int intermediateSize,
        int contextLength,
        int? headSize = null,
        double theta = 10_000,
        double normEpsilon = 1e-5,
        bool tieEmbeddings = false,
        double initializerRange = 0.02)
    {
        if (headSize is null)
        {
            Require.That(heads >= 1 && hiddenSize % heads == 0, hiddenSize, "hidden_size without head_dim", $"a multiple of num_attention_heads ({heads})");
        }

        return new ModelConfig(
            ModelFamily.Llama,
            vocabularySize,
            hiddenSize,
            layers,
            contextLength,
            new AttentionConfig(heads, keyValueHeads, headSize ?? hiddenSize / heads),
            new FeedForwardConfig(intermediateSize, Activation.Silu, Gated: true),
            new NormConfig(NormKind.RmsNorm, normEpsilon),
            new RotaryPositions(theta),
            tieEmbeddings: tieEmbeddings,
            initializerRange: initializerRange);
    }
}
