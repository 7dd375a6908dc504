using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// What LLaMA and the families made after it share: RMSNorm before each sublayer, rotary positions, SwiGLU without biases.
/// They differ in biases, the norm of queries and keys, and the window.
/// </summary>
internal abstract class DecoderJson : FamilyJson
{
    protected override IEnumerable<string> MustBeFalse => [.. base.MustBeFalse, "mlp_bias"];

    protected override IEnumerable<(string Name, double Value)> MustEqual => [("pretraining_tp", 1), ("attention_dropout", 0), ("partial_rotary_factor", 1)];

    /// <summary>Whether queries and keys are normalized per head.</summary>
    protected virtual bool NormalizesQueryKey => false;

    /// <summary>Biases of the attention's inputs and of its output.</summary>
    protected abstract (bool Input, bool Output) ReadBiases(JsonFields fields);

    /// <summary>Key and value heads; the families' own defaults differ, so that most files must say it.</summary>
    protected virtual int ReadKeyValueHeads(JsonFields fields, int heads) => fields.Required("num_key_value_heads").Int32();

    /// <summary>Width of a head.</summary>
    protected virtual int ReadHeadSize(JsonFields fields, int hiddenSize, int heads) => fields.Optional("head_dim")?.Int32() ?? DividedWidth(hiddenSize, heads);

    /// <summary>The window of every layer; <see langword="null"/>: full attention.</summary>
    protected virtual int? ReadWindow(JsonFields fields, int layers) => null;

    /// <summary>Writes biases and window where the family has such fields.</summary>
    protected abstract void WriteAttention(Utf8JsonWriter json, ModelConfig config);

    protected sealed override ModelConfig ReadConfig(JsonFields fields)
    {
        if (fields.Optional("hidden_act") is { } activation && activation.Text() != "silu")
        {
            throw activation.Wrong("'silu'");
        }

        int heads = Heads(fields, "num_attention_heads");
        int hiddenSize = fields.Required("hidden_size").Int32();
        int layers = fields.Required("num_hidden_layers").Int32();
        int contextLength = fields.Required("max_position_embeddings").Int32();
        int? window = ReadWindow(fields, layers);
        RequireUniform(fields, window is not null);
        (bool inputBias, bool outputBias) = ReadBiases(fields);
        return new ModelConfig(
            Family,
            fields.Required("vocab_size").Int32(),
            hiddenSize,
            layers,
            contextLength,
            new AttentionConfig(
                heads,
                ReadKeyValueHeads(fields, heads),
                ReadHeadSize(fields, hiddenSize, heads),
                window is { } keys ? new WindowAttention(keys) : null,
                inputBias,
                outputBias,
                NormalizesQueryKey),
            new FeedForwardConfig(fields.Required("intermediate_size").Int32(), Activation.Silu, Gated: true),
            new NormConfig(NormKind.RmsNorm, fields.Required("rms_norm_eps").Double()),
            RotaryJson.Read(fields, contextLength),
            tieEmbeddings: fields.Optional("tie_word_embeddings")?.Boolean() ?? false,
            initializerRange: fields.Optional("initializer_range")?.Double() ?? 0.02);
    }

    protected sealed override void WriteConfig(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("intermediate_size", config.FeedForward.IntermediateSize);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Attention.Heads);
        json.WriteNumber("num_key_value_heads", config.Attention.KeyValueHeads);
        json.WriteNumber("head_dim", config.Attention.HeadSize);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("rms_norm_eps", config.Norm.Epsilon);
        RotaryJson.Write(json, (RotaryPositions)config.Positions);
        WriteAttention(json, config);
    }

    protected override string? Inexpressible(ModelConfig config) => config switch
    {
        { Norm: not { Kind: NormKind.RmsNorm, Placement: NormPlacement.Pre } } => "a norm other than RMSNorm before each sublayer",
        { FeedForward: not { Activation: Activation.Silu, Gated: true, Bias: false } } => "a feed-forward layer other than SwiGLU without biases",
        { Positions: not RotaryPositions } => "positions other than rotary ones",
        { Positions: RotaryPositions { Scaling: FactorScaling } } => "a factor of its own for every rotary frequency",
        { Attention.Pattern: not (FullAttention or WindowAttention { GlobalTokens: 0, Dilation: 1 }) } => "attention other than full or within a window",
        { Causal: false } => "attention that is not causal",
        { TokenTypes: not 0 } => "token types",
        _ when config.Attention.NormalizeQueryKey != NormalizesQueryKey => NormalizesQueryKey ? "queries and keys that are not normalized" : "normalized queries and keys",
        _ => null,
    };

    private static int DividedWidth(int hiddenSize, int heads) => hiddenSize % heads == 0
        ? hiddenSize / heads
        : Errors.Require.That(false, hiddenSize, "hidden_size without head_dim", $"a multiple of num_attention_heads ({heads})");

    // One pattern serves all layers.
    private static void RequireUniform(JsonFields fields, bool window)
    {
        string expected = window ? "sliding_attention" : "full_attention";
        foreach (JsonField layer in fields.Optional("layer_types")?.Items() ?? [])
        {
            if (layer.Text() != expected)
            {
                throw layer.Wrong($"'{expected}'");
            }
        }
    }
}
