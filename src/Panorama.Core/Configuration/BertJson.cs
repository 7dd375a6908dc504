using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// The fields of a <c>BertModel</c> (https://huggingface.co/docs/transformers/model_doc/bert, "BertConfig"): the encoder alone;
/// heads behind it are no part of the configuration. Dropout belongs to training and is not read.
/// </summary>
internal sealed class BertJson : FamilyJson
{
    public override ModelFamily Family => ModelFamily.Bert;

    public override string ModelType => "bert";

    protected override string[] Architectures => ["BertModel", "BertForMaskedLM", "BertForPreTraining"];

    protected override IEnumerable<string> MustBeFalse => [.. base.MustBeFalse, "is_decoder"];

    protected override ModelConfig ReadConfig(JsonFields fields)
    {
        if (fields.Optional("position_embedding_type") is { } kind && kind.Text() != "absolute")
        {
            throw kind.Wrong("'absolute', as anything else is not supported");
        }

        int heads = Heads(fields, "num_attention_heads");
        int hiddenSize = fields.Required("hidden_size").Int32();
        Require.That(hiddenSize % heads == 0, hiddenSize, "hidden_size", $"a multiple of num_attention_heads ({heads})");
        return new ModelConfig(
            ModelFamily.Bert,
            fields.Required("vocab_size").Int32(),
            hiddenSize,
            fields.Required("num_hidden_layers").Int32(),
            fields.Required("max_position_embeddings").Int32(),
            new AttentionConfig(heads, heads, hiddenSize / heads, inputBias: true, outputBias: true),
            new FeedForwardConfig(
                fields.Required("intermediate_size").Int32(),
                fields.Optional("hidden_act") is { } activation ? ActivationJson.Read(activation) : Activation.Gelu,
                Gated: false,
                Bias: true),
            new NormConfig(NormKind.LayerNorm, fields.Optional("layer_norm_eps")?.Double() ?? 1e-12, NormPlacement.Post),
            new LearnedPositions(),
            causal: false,
            tieEmbeddings: true,
            initializerRange: fields.Optional("initializer_range")?.Double() ?? 0.02,
            tokenTypes: fields.Optional("type_vocab_size")?.Int32() ?? 2);
    }

    protected override void WriteConfig(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("intermediate_size", config.FeedForward.IntermediateSize);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Attention.Heads);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        json.WriteNumber("type_vocab_size", config.TokenTypes);
        json.WriteString("hidden_act", ActivationJson.NameOf(config.FeedForward.Activation));
        json.WriteNumber("layer_norm_eps", config.Norm.Epsilon);
        json.WriteString("position_embedding_type", "absolute");
    }

    protected override string? Inexpressible(ModelConfig config) => config switch
    {
        { Norm: not { Kind: NormKind.LayerNorm, Placement: NormPlacement.Post } } => "a norm other than LayerNorm behind each sublayer",
        { FeedForward: not { Gated: false, Bias: true } } => "a feed-forward layer that is gated or has no biases",
        { Positions: not LearnedPositions } => "positions other than learned ones",
        { Attention: not { Pattern: FullAttention, InputBias: true, OutputBias: true, NormalizeQueryKey: false } } => "attention but full attention with biases",
        { Attention: var a } when a.KeyValueHeads != a.Heads || (long)a.Heads * a.HeadSize != config.HiddenSize => "key/value heads of another number, or heads that do not make up the width",
        { Causal: true } => "causal attention",
        { TieEmbeddings: false } => "an output projection of its own",
        _ => null,
    };
}
