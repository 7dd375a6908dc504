using Panorama.Core.Configuration;

namespace Panorama.Inference.Families;

/// <summary>Names of LLaMA, Qwen2, Qwen3 and Mistral.</summary>
internal sealed class LlamaNames : FamilyNames
{
    public override string Prefix => "model.";

    public override TensorPlace InFolder(WeightRole role) => new(role switch
    {
        WeightRole.TokenEmbedding => "@embed_tokens.weight",
        WeightRole.AttentionNorm => "@layers.#.input_layernorm.weight",
        WeightRole.Query => "@layers.#.self_attn.q_proj.weight",
        WeightRole.QueryBias => "@layers.#.self_attn.q_proj.bias",
        WeightRole.QueryNorm => "@layers.#.self_attn.q_norm.weight",
        WeightRole.Key => "@layers.#.self_attn.k_proj.weight",
        WeightRole.KeyBias => "@layers.#.self_attn.k_proj.bias",
        WeightRole.KeyNorm => "@layers.#.self_attn.k_norm.weight",
        WeightRole.Value => "@layers.#.self_attn.v_proj.weight",
        WeightRole.ValueBias => "@layers.#.self_attn.v_proj.bias",
        WeightRole.AttentionOutput => "@layers.#.self_attn.o_proj.weight",
        WeightRole.AttentionOutputBias => "@layers.#.self_attn.o_proj.bias",
        WeightRole.FeedForwardNorm => "@layers.#.post_attention_layernorm.weight",
        WeightRole.Gate => "@layers.#.mlp.gate_proj.weight",
        WeightRole.Up => "@layers.#.mlp.up_proj.weight",
        WeightRole.Down => "@layers.#.mlp.down_proj.weight",
        WeightRole.OutputNorm => "@norm.weight",
        WeightRole.Output => "lm_head.weight",
        _ => throw None(role),
    });

    public override TensorPlace InGguf(WeightRole role) => new(role switch
    {
        WeightRole.TokenEmbedding => "token_embd.weight",
        WeightRole.AttentionNorm => "blk.#.attn_norm.weight",
        WeightRole.Query => "blk.#.attn_q.weight",
        WeightRole.QueryBias => "blk.#.attn_q.bias",
        WeightRole.QueryNorm => "blk.#.attn_q_norm.weight",
        WeightRole.Key => "blk.#.attn_k.weight",
        WeightRole.KeyBias => "blk.#.attn_k.bias",
        WeightRole.KeyNorm => "blk.#.attn_k_norm.weight",
        WeightRole.Value => "blk.#.attn_v.weight",
        WeightRole.ValueBias => "blk.#.attn_v.bias",
        WeightRole.AttentionOutput => "blk.#.attn_output.weight",
        WeightRole.AttentionOutputBias => "blk.#.attn_output.bias",
        WeightRole.FeedForwardNorm => "blk.#.ffn_norm.weight",
        WeightRole.Gate => "blk.#.ffn_gate.weight",
        WeightRole.Up => "blk.#.ffn_up.weight",
        WeightRole.Down => "blk.#.ffn_down.weight",
        WeightRole.OutputNorm => "output_norm.weight",
        WeightRole.Output => "output.weight",
        _ => throw None(role),
    });

    public override bool IsIdle(string name, ModelConfig config) =>
        name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TieEmbeddings && name == "lm_head.weight");

    public override bool IsIdleInGguf(string name) => name.EndsWith(".attn_rot_embd.weight", StringComparison.Ordinal);
}
