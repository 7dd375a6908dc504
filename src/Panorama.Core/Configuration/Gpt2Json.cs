using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// The fields of a <c>GPT2LMHeadModel</c> (https://huggingface.co/docs/transformers/model_doc/gpt2, "GPT2Config"). Dropout
/// belongs to training and is not read.
/// </summary>
internal sealed class Gpt2Json : FamilyJson
{
    public override ModelFamily Family => ModelFamily.Gpt2;

    public override string ModelType => "gpt2";

    protected override string[] Architectures => ["GPT2LMHeadModel"];

    protected override IEnumerable<string> MustBeFalse => [.. base.MustBeFalse, "scale_attn_by_inverse_layer_idx"];

    protected override ModelConfig ReadConfig(JsonFields fields)
    {
        if (fields.Optional("scale_attn_weights") is { } scaled && !scaled.Boolean())
        {
            throw scaled.Wrong("true, as anything else is not supported");
        }

        int heads = Heads(fields, "n_head");
        int hiddenSize = fields.Required("n_embd").Int32();
        Require.That(hiddenSize is >= 1 and <= 1 << 20, hiddenSize, "n_embd", "1 to 1,048,576");
        Require.That(hiddenSize % heads == 0, hiddenSize, "n_embd", $"a multiple of n_head ({heads})");
        return new ModelConfig(
            ModelFamily.Gpt2,
            fields.Required("vocab_size").Int32(),
            hiddenSize,
            fields.Required("n_layer").Int32(),
            fields.Required("n_positions").Int32(),
            new AttentionConfig(heads, heads, hiddenSize / heads, inputBias: true, outputBias: true),
            new FeedForwardConfig(
                fields.Optional("n_inner")?.Int32() ?? 4 * hiddenSize,
                fields.Optional("activation_function") is { } activation ? ActivationJson.Read(activation) : Activation.GeluTanh,
                Gated: false,
                Bias: true),
            new NormConfig(NormKind.LayerNorm, fields.Optional("layer_norm_epsilon")?.Double() ?? 1e-5),
            new LearnedPositions(),
            tieEmbeddings: fields.Optional("tie_word_embeddings")?.Boolean() ?? true,
            initializerRange: fields.Optional("initializer_range")?.Double() ?? 0.02);
    }

    protected override void WriteConfig(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("n_embd", config.HiddenSize);
        json.WriteNumber("n_layer", config.Layers);
        json.WriteNumber("n_head", config.Attention.Heads);
        json.WriteNumber("n_positions", config.ContextLength);
        json.WriteNumber("n_inner", config.FeedForward.IntermediateSize);
        json.WriteString("activation_function", ActivationJson.NameOf(config.FeedForward.Activation));
        json.WriteNumber("layer_norm_epsilon", config.Norm.Epsilon);
    }

    protected override string? Inexpressible(ModelConfig config) => config switch
    {
        { Norm: not { Kind: NormKind.LayerNorm, Placement: NormPlacement.Pre } } => "a norm other than LayerNorm before each sublayer",
        { FeedForward: not { Gated: false, Bias: true } } => "a feed-forward layer that is gated or has no biases",
        { Positions: not LearnedPositions } => "positions other than learned ones",
        { Attention: not { Pattern: FullAttention, InputBias: true, OutputBias: true, NormalizeQueryKey: false } } => "attention but full attention with biases",
        { Attention: var a } when a.KeyValueHeads != a.Heads || (long)a.Heads * a.HeadSize != config.HiddenSize => "key/value heads of another number, or heads that do not make up the width",
        { Causal: false } => "attention that is not causal",
        { TokenTypes: not 0 } => "token types",
        _ => null,
    };
}
