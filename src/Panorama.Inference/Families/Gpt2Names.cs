using Panorama.Core.Configuration;

namespace Panorama.Inference.Families;

/// <summary>Names of GPT-2, whose folders store matrices transposed and queries, keys and values as one.</summary>
internal sealed class Gpt2Names : FamilyNames
{
    public override string Prefix => "transformer.";

    public override TensorPlace InFolder(WeightRole role) => role switch
    {
        WeightRole.TokenEmbedding => new("@wte.weight"),
        WeightRole.PositionEmbedding => new("@wpe.weight"),
        WeightRole.AttentionNorm => new("@h.#.ln_1.weight"),
        WeightRole.AttentionNormBias => new("@h.#.ln_1.bias"),
        WeightRole.Query => new("@h.#.attn.c_attn.weight", 0, 3, IsTransposed: true),
        WeightRole.QueryBias => new("@h.#.attn.c_attn.bias", 0, 3),
        WeightRole.Key => new("@h.#.attn.c_attn.weight", 1, 3, IsTransposed: true),
        WeightRole.KeyBias => new("@h.#.attn.c_attn.bias", 1, 3),
        WeightRole.Value => new("@h.#.attn.c_attn.weight", 2, 3, IsTransposed: true),
        WeightRole.ValueBias => new("@h.#.attn.c_attn.bias", 2, 3),
        WeightRole.AttentionOutput => new("@h.#.attn.c_proj.weight", IsTransposed: true),
        WeightRole.AttentionOutputBias => new("@h.#.attn.c_proj.bias"),
        WeightRole.FeedForwardNorm => new("@h.#.ln_2.weight"),
        WeightRole.FeedForwardNormBias => new("@h.#.ln_2.bias"),
        WeightRole.Up => new("@h.#.mlp.c_fc.weight", IsTransposed: true),
        WeightRole.UpBias => new("@h.#.mlp.c_fc.bias"),
        WeightRole.Down => new("@h.#.mlp.c_proj.weight", IsTransposed: true),
        WeightRole.DownBias => new("@h.#.mlp.c_proj.bias"),
        WeightRole.OutputNorm => new("@ln_f.weight"),
        WeightRole.OutputNormBias => new("@ln_f.bias"),
        WeightRole.Output => new("lm_head.weight"),
        _ => throw None(role),
    };

    public override TensorPlace InGguf(WeightRole role) => role switch
    {
        WeightRole.TokenEmbedding => new("token_embd.weight"),
        WeightRole.PositionEmbedding => new("position_embd.weight"),
        WeightRole.AttentionNorm => new("blk.#.attn_norm.weight"),
        WeightRole.AttentionNormBias => new("blk.#.attn_norm.bias"),
        WeightRole.Query => new("blk.#.attn_qkv.weight", 0, 3),
        WeightRole.QueryBias => new("blk.#.attn_qkv.bias", 0, 3),
        WeightRole.Key => new("blk.#.attn_qkv.weight", 1, 3),
        WeightRole.KeyBias => new("blk.#.attn_qkv.bias", 1, 3),
        WeightRole.Value => new("blk.#.attn_qkv.weight", 2, 3),
        WeightRole.ValueBias => new("blk.#.attn_qkv.bias", 2, 3),
        WeightRole.AttentionOutput => new("blk.#.attn_output.weight"),
        WeightRole.AttentionOutputBias => new("blk.#.attn_output.bias"),
        WeightRole.FeedForwardNorm => new("blk.#.ffn_norm.weight"),
        WeightRole.FeedForwardNormBias => new("blk.#.ffn_norm.bias"),
        WeightRole.Up => new("blk.#.ffn_up.weight"),
        WeightRole.UpBias => new("blk.#.ffn_up.bias"),
        WeightRole.Down => new("blk.#.ffn_down.weight"),
        WeightRole.DownBias => new("blk.#.ffn_down.bias"),
        WeightRole.OutputNorm => new("output_norm.weight"),
        WeightRole.OutputNormBias => new("output_norm.bias"),
        WeightRole.Output => new("output.weight"),
        _ => throw None(role),
    };

    // attn.bias is the causal mask, attn.masked_bias the number put where it forbids.
    public override bool IsIdle(string name, ModelConfig config) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || (config.TieEmbeddings && name == "lm_head.weight");
}
