using Panorama.Core.Configuration;

namespace Panorama.Inference.Families;

/// <summary>Names of BERT's encoder. The norms stand behind the sublayers.</summary>
internal sealed class BertNames : FamilyNames
{
    // The pooler and the heads of pre-training and of fine-tuned models work on the encoder's output.
    private static readonly string[] Heads = ["pooler.", "cls.", "classifier.", "qa_outputs."];

    public override string Prefix => "bert.";

    public override TensorPlace InFolder(WeightRole role) => new(role switch
    {
        WeightRole.TokenEmbedding => "@embeddings.word_embeddings.weight",
        WeightRole.PositionEmbedding => "@embeddings.position_embeddings.weight",
        WeightRole.TokenTypeEmbedding => "@embeddings.token_type_embeddings.weight",
        WeightRole.EmbeddingNorm => "@embeddings.LayerNorm.weight",
        WeightRole.EmbeddingNormBias => "@embeddings.LayerNorm.bias",
        WeightRole.Query => "@encoder.layer.#.attention.self.query.weight",
        WeightRole.QueryBias => "@encoder.layer.#.attention.self.query.bias",
        WeightRole.Key => "@encoder.layer.#.attention.self.key.weight",
        WeightRole.KeyBias => "@encoder.layer.#.attention.self.key.bias",
        WeightRole.Value => "@encoder.layer.#.attention.self.value.weight",
        WeightRole.ValueBias => "@encoder.layer.#.attention.self.value.bias",
        WeightRole.AttentionOutput => "@encoder.layer.#.attention.output.dense.weight",
        WeightRole.AttentionOutputBias => "@encoder.layer.#.attention.output.dense.bias",
        WeightRole.AttentionNorm => "@encoder.layer.#.attention.output.LayerNorm.weight",
        WeightRole.AttentionNormBias => "@encoder.layer.#.attention.output.LayerNorm.bias",
        WeightRole.Up => "@encoder.layer.#.intermediate.dense.weight",
        WeightRole.UpBias => "@encoder.layer.#.intermediate.dense.bias",
        WeightRole.Down => "@encoder.layer.#.output.dense.weight",
        WeightRole.DownBias => "@encoder.layer.#.output.dense.bias",
        WeightRole.FeedForwardNorm => "@encoder.layer.#.output.LayerNorm.weight",
        WeightRole.FeedForwardNormBias => "@encoder.layer.#.output.LayerNorm.bias",
        _ => throw None(role),
    });

    public override TensorPlace InGguf(WeightRole role) => new(role switch
    {
        WeightRole.TokenEmbedding => "token_embd.weight",
        WeightRole.PositionEmbedding => "position_embd.weight",
        WeightRole.TokenTypeEmbedding => "token_types.weight",
        WeightRole.EmbeddingNorm => "token_embd_norm.weight",
        WeightRole.EmbeddingNormBias => "token_embd_norm.bias",
        WeightRole.Query => "blk.#.attn_q.weight",
        WeightRole.QueryBias => "blk.#.attn_q.bias",
        WeightRole.Key => "blk.#.attn_k.weight",
        WeightRole.KeyBias => "blk.#.attn_k.bias",
        WeightRole.Value => "blk.#.attn_v.weight",
        WeightRole.ValueBias => "blk.#.attn_v.bias",
        WeightRole.AttentionOutput => "blk.#.attn_output.weight",
        WeightRole.AttentionOutputBias => "blk.#.attn_output.bias",
        WeightRole.AttentionNorm => "blk.#.attn_output_norm.weight",
        WeightRole.AttentionNormBias => "blk.#.attn_output_norm.bias",
        WeightRole.Up => "blk.#.ffn_up.weight",
        WeightRole.UpBias => "blk.#.ffn_up.bias",
        WeightRole.Down => "blk.#.ffn_down.weight",
        WeightRole.DownBias => "blk.#.ffn_down.bias",
        WeightRole.FeedForwardNorm => "blk.#.layer_output_norm.weight",
        WeightRole.FeedForwardNormBias => "blk.#.layer_output_norm.bias",
        _ => throw None(role),
    });

    public override bool IsIdle(string name, ModelConfig config)
    {
        string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        return bare == "embeddings.position_ids" || Array.Exists(Heads, head => bare.StartsWith(head, StringComparison.Ordinal));
    }

    // The pooler and the head of a classifier.
    public override bool IsIdleInGguf(string name) => name.StartsWith("cls.", StringComparison.Ordinal);
}
