using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Modeling.Families;

/// <summary>
/// What this project trains and computes with Torch: less than what its configurations describe and its inference engine runs.
/// </summary>
public static class Supported
{
    /// <summary>Refuses a model that cannot be computed as its configuration says.</summary>
    /// <param name="config">The model.</param>
    /// <exception cref="InputException">A part of the configuration has no implementation; names it.</exception>
    public static void Require(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        string? part = config switch
        {
            { Family: not ModelFamily.Llama } => $"models of the family {config.Family} (model_type in config.json)",
            { Causal: false } => "attention that is not causal",
            { Norm: not { Kind: NormKind.RmsNorm, Placement: NormPlacement.Pre } } => $"the norm {config.Norm}; RMSNorm before each sublayer is supported",
            { Positions: not RotaryPositions } => $"the positions {config.Positions}; rotary ones are supported",
            { Positions: RotaryPositions { Scaling: { } scaling } } => $"scaled rotary positions (rope_scaling in config.json: {scaling})",
            { Attention.Pattern: not FullAttention } => $"the attention pattern {config.Attention.Pattern} (sliding_window in config.json); full attention is supported",
            { Attention: { InputBias: true } or { OutputBias: true } } => "biases of the attention (attention_bias in config.json)",
            { Attention.NormalizeQueryKey: true } => "normalized queries and keys",
            { FeedForward: not { Activation: Activation.Silu, Gated: true, Bias: false } } => $"the feed-forward layer {config.FeedForward}; SwiGLU without biases is supported",
            { TokenTypes: not 0 } => "token types",
            _ => null,
        };
        if (part is not null)
        {
            throw new InputException($"Training and the Torch engine do not compute {part}. Only the inference engine runs such a model.");
        }
    }
}
