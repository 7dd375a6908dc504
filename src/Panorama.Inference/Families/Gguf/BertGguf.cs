using Panorama.Core.Configuration;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>BERT's encoder. Its GELU is the exact one; other readers of the format compute the approximation by tanh.</summary>
internal sealed class BertGguf : GgufArchitecture
{
    public override string Name => "bert";

    protected override ModelConfig Read(GgufFields fields)
    {
        if (fields.FindFlag("attention.causal") is true)
        {
            throw fields.Wrong("attention.causal", true, "false");
        }

        int hiddenSize = fields.Integer("embedding_length");
        AttentionConfig attention = fields.Attention(hiddenSize, null, inputBias: true, outputBias: true);
        if (attention.KeyValueHeads != attention.Heads)
        {
            throw fields.Wrong("attention.head_count_kv", attention.KeyValueHeads, $"attention.head_count ({attention.Heads})");
        }

        return new ModelConfig(
            ModelFamily.Bert,
            fields.Rows("token_embd.weight"),
            hiddenSize,
            fields.Integer("block_count"),
            fields.Integer("context_length"),
            attention,
            new FeedForwardConfig(fields.Integer("feed_forward_length"), Activation.Gelu, Gated: false, Bias: true),
            new NormConfig(NormKind.LayerNorm, fields.Number("attention.layer_norm_epsilon"), NormPlacement.Post),
            new LearnedPositions(),
            causal: false,
            tieEmbeddings: true,
            tokenTypes: fields.Has("token_types.weight") ? fields.Rows("token_types.weight") : 0);
    }

    protected override void Write(GgufEntries entries, ModelConfig config)
    {
        entries.Shape(config);
        entries.Model("attention.layer_norm_epsilon", config.Norm.Epsilon);
        entries.Model("attention.causal", GgufValue.Of(false));
        entries.Add("tokenizer.ggml.token_type_count", GgufValue.Of((uint)config.TokenTypes));
    }

    protected override string? Inexpressible(ModelConfig config) => config switch
    {
        { Norm: not { Kind: NormKind.LayerNorm, Placement: NormPlacement.Post } } => "a norm other than LayerNorm behind each sublayer",
        { FeedForward: not { Activation: Activation.Gelu, Gated: false, Bias: true } } => "a feed-forward layer other than GELU with biases",
        { Positions: not LearnedPositions } => "positions other than learned ones",
        { Attention: not { Pattern: FullAttention, InputBias: true, OutputBias: true, NormalizeQueryKey: false } } => "attention but full attention with biases",
        { Attention: var a } when a.KeyValueHeads != a.Heads || (long)a.Heads * a.HeadSize != config.HiddenSize => "key/value heads of another number, or heads that do not make up the width",
        { Causal: true } => "causal attention",
        _ => null,
    };
}
