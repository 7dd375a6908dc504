using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The fields of a <c>Qwen2ForCausalLM</c> (https://huggingface.co/docs/transformers/model_doc/qwen2, "Qwen2Config").</summary>
internal sealed class Qwen2Json : DecoderJson
{
    public override ModelFamily Family => ModelFamily.Qwen2;

    public override string ModelType => "qwen2";

    protected override string[] Architectures => ["Qwen2ForCausalLM"];

    protected override (bool Input, bool Output) ReadBiases(JsonFields fields) => (true, false);

    protected override int? ReadWindow(JsonFields fields, int layers) => QwenWindow.Read(fields, layers);

    protected override void WriteAttention(Utf8JsonWriter json, ModelConfig config) => QwenWindow.Write(json, config);

    protected override string? Inexpressible(ModelConfig config) => base.Inexpressible(config)
        ?? (config.Attention is { InputBias: true, OutputBias: false } ? null : "attention biases but on queries, keys and values");
}
