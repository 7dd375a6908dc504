using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The fields of a <c>LlamaForCausalLM</c>; defaults are those of transformers' LlamaConfig.</summary>
internal sealed class LlamaJson : DecoderJson
{
    public override ModelFamily Family => ModelFamily.Llama;

    public override string ModelType => "llama";

    protected override string[] Architectures => ["LlamaForCausalLM"];

    protected override IEnumerable<string> MustBeAbsent => [.. base.MustBeAbsent, "sliding_window"];

    protected override int ReadKeyValueHeads(JsonFields fields, int heads) => fields.Optional("num_key_value_heads")?.Int32() ?? heads;

    protected override (bool Input, bool Output) ReadBiases(JsonFields fields)
    {
        bool bias = fields.Optional("attention_bias")?.Boolean() ?? false;
        return (bias, bias);
    }

    protected override void WriteAttention(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteBoolean("attention_bias", config.Attention.InputBias);
        json.WriteBoolean("mlp_bias", false);
    }

    protected override string? Inexpressible(ModelConfig config) => base.Inexpressible(config) ?? config.Attention switch
    {
        { Pattern: not FullAttention } => "attention other than full attention",
        { InputBias: var input, OutputBias: var output } when input != output => "attention biases but on inputs and output alike",
        _ => null,
    };
}
