using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The fields of a <c>Qwen3ForCausalLM</c> (https://huggingface.co/docs/transformers/model_doc/qwen3, "Qwen3Config").</summary>
internal sealed class Qwen3Json : DecoderJson
{
    public override ModelFamily Family => ModelFamily.Qwen3;

    public override string ModelType => "qwen3";

    protected override string[] Architectures => ["Qwen3ForCausalLM"];

    protected override bool NormalizesQueryKey => true;

    // The family's own default, 128, has nothing to do with the width: a file must say it.
    protected override int ReadHeadSize(JsonFields fields, int hiddenSize, int heads) => fields.Required("head_dim").Int32();

    protected override (bool Input, bool Output) ReadBiases(JsonFields fields)
    {
        bool bias = fields.Optional("attention_bias")?.Boolean() ?? false;
        return (bias, bias);
    }

    protected override int? ReadWindow(JsonFields fields, int layers) => QwenWindow.Read(fields, layers);

    protected override void WriteAttention(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteBoolean("attention_bias", config.Attention.InputBias);
        QwenWindow.Write(json, config);
    }

    protected override string? Inexpressible(ModelConfig config) => base.Inexpressible(config)
        ?? (config.Attention.InputBias == config.Attention.OutputBias ? null : "attention biases but on inputs and output alike");
}
