using Panorama.Core.Configuration;

namespace Panorama.Inference.Families.Gguf;

/// <summary>LLaMA, which holds Mistral too, Qwen2 and Qwen3.</summary>
/// <param name="name">The architecture.</param>
/// <param name="family">The family it stands for.</param>
internal sealed class DecoderGguf(string name, ModelFamily family) : GgufArchitecture
{
    public override string Name => name;

    protected override ModelConfig Read(GgufFields fields)
    {
        int hiddenSize = fields.Integer("embedding_length");
        int window = fields.FindInteger("attention.sliding_window") ?? 0;
        if (fields.FindFlag("attention.causal") is false)
        {
            throw fields.Wrong("attention.causal", false, "true");
        }

        bool inputBias = fields.Has("blk.0.attn_q.bias");
        bool outputBias = fields.Has("blk.0.attn_output.bias");
        AttentionConfig attention = fields.Attention(hiddenSize, window > 0 ? new WindowAttention(window) : null, inputBias, outputBias, family == ModelFamily.Qwen3);
        if (fields.FindInteger("rope.dimension_count") is { } dimensions && dimensions != attention.HeadSize)
        {
            throw fields.Wrong("rope.dimension_count", dimensions, $"the head size ({attention.HeadSize}), as a rotation of a part is not supported");
        }

        return new ModelConfig(
            family == ModelFamily.Llama && window > 0 && !inputBias && !outputBias ? ModelFamily.Mistral : family,
            fields.Rows("token_embd.weight"),
            hiddenSize,
            fields.Integer("block_count"),
            fields.Integer("context_length"),
            attention,
            new FeedForwardConfig(fields.Integer("feed_forward_length"), Activation.Silu, Gated: true),
            new NormConfig(NormKind.RmsNorm, fields.Number("attention.layer_norm_rms_epsilon")),
            RotaryGguf.Read(fields, attention.HeadSize),
            tieEmbeddings: !fields.Has("output.weight"));
    }

    protected override void Write(GgufEntries entries, ModelConfig config)
    {
        entries.Shape(config);
        entries.Model("attention.key_length", config.Attention.HeadSize);
        entries.Model("attention.value_length", config.Attention.HeadSize);
        entries.Model("attention.layer_norm_rms_epsilon", config.Norm.Epsilon);
        if (config.Attention.Pattern is WindowAttention window)
        {
            entries.Model("attention.sliding_window", window.Window);
        }

        entries.Model("rope.dimension_count", config.Attention.HeadSize);
        RotaryGguf.Write(entries, (RotaryPositions)config.Positions);
    }

    protected override string? Inexpressible(ModelConfig config) => config switch
    {
        { Norm: not { Kind: NormKind.RmsNorm, Placement: NormPlacement.Pre } } => "a norm other than RMSNorm before each sublayer",
        { FeedForward: not { Activation: Activation.Silu, Gated: true, Bias: false } } => "a feed-forward layer other than SwiGLU without biases",
        { Positions: not RotaryPositions } => "positions other than rotary ones",
        { Attention.Pattern: not (FullAttention or WindowAttention { GlobalTokens: 0, Dilation: 1 }) } => "attention other than full or within a window",
        { Causal: false } => "attention that is not causal",
        { TokenTypes: not 0 } => "token types",
        _ when config.Attention.NormalizeQueryKey != (family == ModelFamily.Qwen3) => "normalized queries and keys, or must have them",
        _ => null,
    };
}
