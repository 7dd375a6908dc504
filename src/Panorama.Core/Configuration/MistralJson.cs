using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The fields of a <c>MistralForCausalLM</c> (https://huggingface.co/docs/transformers/model_doc/mistral, "MistralConfig").</summary>
internal sealed class MistralJson : DecoderJson
{
    // The window of the first version, and of a file that has no such field at all; null means none.
    private const int DefaultWindow = 4096;

    public override ModelFamily Family => ModelFamily.Mistral;

    public override string ModelType => "mistral";

    protected override string[] Architectures => ["MistralForCausalLM"];

    protected override IEnumerable<string> MustBeFalse => [.. base.MustBeFalse, "attention_bias"];

    protected override (bool Input, bool Output) ReadBiases(JsonFields fields) => (false, false);

    protected override int? ReadWindow(JsonFields fields, int layers) =>
        fields.Has("sliding_window") ? fields.Optional("sliding_window")?.Int32() : DefaultWindow;

    protected override void WriteAttention(Utf8JsonWriter json, ModelConfig config)
    {
        if (config.Attention.Pattern is WindowAttention window)
        {
            json.WriteNumber("sliding_window", window.Window);
        }
        else
        {
            json.WriteNull("sliding_window");
        }
    }

    protected override string? Inexpressible(ModelConfig config) => base.Inexpressible(config)
        ?? (config.Attention is { InputBias: false, OutputBias: false } ? null : "attention biases");
}
