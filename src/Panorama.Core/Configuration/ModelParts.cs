using Panorama.Core.Errors;

namespace Panorama.Core.Configuration;

/// <summary>Which checkpoint layout and naming a model follows.</summary>
public enum ModelFamily
{
    /// <summary>LLaMA (Touvron et al. 2023, arXiv:2302.13971): RMSNorm, rotary positions, SwiGLU, grouped-query attention.</summary>
    Llama,

    /// <summary>Qwen2 and Qwen2.5 (Yang et al. 2024, arXiv:2407.10671): as LLaMA, with biases on queries, keys and values.</summary>
    Qwen2,

    /// <summary>Qwen3 (Yang et al. 2025, arXiv:2505.09388): as LLaMA, with queries and keys normalized per head.</summary>
    Qwen3,

    /// <summary>Mistral (Jiang et al. 2023, arXiv:2310.06825): as LLaMA, with a sliding window in some versions.</summary>
    Mistral,

    /// <summary>GPT-2 (Radford et al. 2019): LayerNorm, learned positions, GELU, biases.</summary>
    Gpt2,

    /// <summary>BERT (Devlin et al. 2019, arXiv:1810.04805): an encoder with norms behind the sublayers and token types.</summary>
    Bert,
}

/// <summary>The normalization function.</summary>
public enum NormKind
{
    /// <summary>Layer normalization (Ba et al. 2016, arXiv:1607.06450).</summary>
    LayerNorm,

    /// <summary>Root mean square normalization (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    RmsNorm,
}

/// <summary>Where a block normalizes.</summary>
public enum NormPlacement
{
    /// <summary>Before each sublayer (GPT-2, LLaMA).</summary>
    Pre,

    /// <summary>After each residual addition (the original Transformer, BERT).</summary>
    Post,
}

/// <summary>A normalization layer.</summary>
/// <param name="Kind">The function.</param>
/// <param name="Epsilon">Added to the variance or mean square; in (0, 1).</param>
/// <param name="Placement">Before or after the sublayer.</param>
public sealed record NormConfig(NormKind Kind, double Epsilon, NormPlacement Placement = NormPlacement.Pre)
{
    /// <inheritdoc cref="NormConfig" path="/param[@name='Epsilon']"/>
    public double Epsilon { get; init => field = CheckedEpsilon(value); } = CheckedEpsilon(Epsilon);

    private static double CheckedEpsilon(double value) => Require.That(value is > 0 and < 1, value, "the norm's epsilon", "a number in (0, 1)");
}

/// <summary>The non-linearity of the feed-forward layer.</summary>
public enum Activation
{
    /// <summary>x·σ(x); gated it is SwiGLU (Shazeer 2020, arXiv:2002.05202).</summary>
    Silu,

    /// <summary>Gaussian error linear unit, exact; gated it is GeGLU.</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU (GPT-2).</summary>
    GeluTanh,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>max(0, x)² (So et al. 2021, arXiv:2109.08668).</summary>
    ReluSquared,
}

/// <summary>The feed-forward layer of a block.</summary>
/// <param name="IntermediateSize">Width of the hidden layer, at least 1.</param>
/// <param name="Activation">The non-linearity.</param>
/// <param name="Gated">Whether a second projection multiplies the activated one.</param>
/// <param name="Bias">Whether the projections have biases.</param>
public sealed record FeedForwardConfig(int IntermediateSize, Activation Activation, bool Gated, bool Bias = false)
{
    /// <inheritdoc cref="FeedForwardConfig" path="/param[@name='IntermediateSize']"/>
    public int IntermediateSize { get; init => field = CheckedIntermediateSize(value); } = CheckedIntermediateSize(IntermediateSize);

    private static int CheckedIntermediateSize(int value) => Require.That(value is >= 1 and <= 1 << 24, value, "intermediate_size", "1 to 16,777,216");
}

/// <summary>How positions enter the model.</summary>
public abstract record PositionConfig;

/// <summary>Fixed sines and cosines added to the embeddings (Vaswani et al. 2017, arXiv:1706.03762).</summary>
public sealed record SinusoidalPositions : PositionConfig;

/// <summary>A trained vector per position, added to the embeddings (GPT-2, BERT).</summary>
public sealed record LearnedPositions : PositionConfig;

/// <summary>A penalty linear in the distance, per head (Press et al. 2022, arXiv:2108.12409).</summary>
public sealed record AlibiPositions : PositionConfig;

/// <summary>Rotation of query and key pairs by an angle that grows with the position (Su et al. 2021, arXiv:2104.09864).</summary>
/// <param name="Theta">Base of the geometric series of wavelengths; 10,000 in the paper.</param>
/// <param name="Scaling">How the angles are changed for longer texts; <see langword="null"/>: not.</param>
public sealed record RotaryPositions(double Theta = 10_000, RotaryScaling? Scaling = null) : PositionConfig
{
    /// <inheritdoc cref="RotaryPositions" path="/param[@name='Theta']"/>
    public double Theta { get; init => field = CheckedTheta(value); } = CheckedTheta(Theta);

    private static double CheckedTheta(double value) => Require.That(value is > 1 and <= 1e12, value, "rope_theta", "a number in (1, 1e12]");
}

/// <summary>Which keys a query sees and how their weights are formed.</summary>
public abstract record AttentionPattern;

/// <summary>Softmax over all keys that causality allows.</summary>
public sealed record FullAttention : AttentionPattern;

/// <summary>Softmax over the nearest keys only (Mistral; Longformer when global tokens and dilation are added).</summary>
/// <param name="Window">Keys seen by a query, itself included; at least 1.</param>
/// <param name="GlobalTokens">Tokens at the start that see, and are seen by, all.</param>
/// <param name="Dilation">Gap between the keys of the window, at least 1.</param>
public sealed record WindowAttention(int Window, int GlobalTokens = 0, int Dilation = 1) : AttentionPattern
{
    /// <inheritdoc cref="WindowAttention" path="/param[@name='Window']"/>
    public int Window { get; init => field = CheckedWindow(value); } = CheckedWindow(Window);

    private static int CheckedWindow(int value) => Require.That(value >= 1, value, "the attention window", "at least 1");

    /// <inheritdoc cref="WindowAttention" path="/param[@name='GlobalTokens']"/>
    public int GlobalTokens { get; init => field = CheckedGlobalTokens(value); } = CheckedGlobalTokens(GlobalTokens);

    private static int CheckedGlobalTokens(int value) => Require.That(value >= 0, value, "global tokens", "at least 0");

    /// <inheritdoc cref="WindowAttention" path="/param[@name='Dilation']"/>
    public int Dilation { get; init => field = CheckedDilation(value); } = CheckedDilation(Dilation);

    private static int CheckedDilation(int value) => Require.That(value >= 1, value, "the dilation", "at least 1");
}

/// <summary>Window, global and random blocks (BigBird: Zaheer et al. 2020, arXiv:2007.14062).</summary>
/// <param name="BlockSize">Tokens in a block, at least 1.</param>
/// <param name="WindowBlocks">Neighbouring blocks seen, odd.</param>
/// <param name="GlobalBlocks">Blocks at the start that see all.</param>
/// <param name="RandomBlocks">Random blocks per query block.</param>
public sealed record BlockSparseAttention(int BlockSize, int WindowBlocks, int GlobalBlocks, int RandomBlocks) : AttentionPattern
{
    /// <inheritdoc cref="BlockSparseAttention" path="/param[@name='BlockSize']"/>
    public int BlockSize { get; init => field = CheckedBlockSize(value); } = CheckedBlockSize(BlockSize);

    private static int CheckedBlockSize(int value) => Require.That(value >= 1, value, "the attention block", "at least 1");

    /// <inheritdoc cref="BlockSparseAttention" path="/param[@name='WindowBlocks']"/>
    public int WindowBlocks { get; init => field = CheckedWindowBlocks(value); } = CheckedWindowBlocks(WindowBlocks);

    private static int CheckedWindowBlocks(int value) => Require.That(value >= 1 && value % 2 == 1, value, "window blocks", "an odd number of at least 1");
}

/// <summary>The kernel feature map of a linear attention.</summary>
public enum FeatureMap
{
    /// <summary>ELU(x) + 1 (Katharopoulos et al. 2020, arXiv:2006.16236).</summary>
    EluPlusOne,

    /// <summary>Positive orthogonal random features, FAVOR+ (Choromanski et al. 2021, arXiv:2009.14794).</summary>
    Favor,
}

/// <summary>Attention linear in the length through a feature map.</summary>
/// <param name="FeatureMap">The map φ in φ(q)·φ(k).</param>
/// <param name="Features">Random features of FAVOR+; ignored by ELU + 1.</param>
public sealed record LinearAttention(FeatureMap FeatureMap, int Features = 256) : AttentionPattern
{
    /// <inheritdoc cref="LinearAttention" path="/param[@name='Features']"/>
    public int Features { get; init => field = CheckedFeatures(value); } = CheckedFeatures(Features);

    private static int CheckedFeatures(int value) => Require.That(value >= 1, value, "random features", "at least 1");
}
