using Panorama.Core.Configuration;

namespace Panorama.Inference.Families.Gguf;

/// <summary>GPT-2.</summary>
internal sealed class Gpt2Gguf : GgufArchitecture
{
    public override string Name => "gpt2";

    protected override ModelConfig Read(GgufFields fields)
    {
        int hiddenSize = fields.Integer("embedding_length");
        AttentionConfig attention = fields.Attention(hiddenSize, null, inputBias: true, outputBias: true);
        if (attention.KeyValueHeads != attention.Heads)
        {
            throw fields.Wrong("attention.head_count_kv", attention.KeyValueHeads, $"attention.head_count ({attention.Heads})");
        }

        return new ModelConfig(
            ModelFamily.Gpt2,
            fields.Rows("token_embd.weight"),
            hiddenSize,
            fields.Integer("block_count"),
            fields.Integer("context_length"),
            attention,
            new FeedForwardConfig(fields.Integer("feed_forward_length"), Activation.GeluTanh, Gated: false, Bias: true),
            new NormConfig(NormKind.LayerNorm, fields.Number("attention.layer_norm_epsilon")),
            new LearnedPositions(),
            tieEmbeddings: !fields.Has("output.weight"));
    }

    protected override void Write(GgufEntries entries, ModelConfig config)
    {
        entries.Shape(config);
        entries.Model("attention.layer_norm_epsilon", config.Norm.Epsilon);
    }

    protected override string? Inexpressible(ModelConfig config) => config switch
    {
        { Norm: not { Kind: NormKind.LayerNorm, Placement: NormPlacement.Pre } } => "a norm other than LayerNorm before each sublayer",
        { FeedForward: not { Activation: Activation.GeluTanh, Gated: false, Bias: true } } => "a feed-forward layer other than GELU (tanh) with biases",
        { Positions: not LearnedPositions } => "positions other than learned ones",
        { Attention: not { Pattern: FullAttention, InputBias: true, OutputBias: true, NormalizeQueryKey: false } } => "attention but full attention with biases",
        { Attention: var a } when a.KeyValueHeads != a.Heads || (long)a.Heads * a.HeadSize != config.HiddenSize => "key/value heads of another number, or heads that do not make up the width",
        { Causal: false } => "attention that is not causal",
        { TokenTypes: not 0 } => "token types",
        _ => null,
    };
}
