using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>Names of the non-linearities (https://github.com/huggingface/transformers/blob/main/src/transformers/activations.py, "ACT2CLS").</summary>
internal static class ActivationJson
{
    public static Activation Read(JsonField field) => field.Text() switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        "relu2" => Activation.ReluSquared,
        _ => throw field.Wrong("'silu', 'gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu', 'relu2'"),
    };

    public static string NameOf(Activation activation) => activation switch
    {
        Activation.Silu => "silu",
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_new",
        Activation.Relu => "relu",
        Activation.ReluSquared => "relu2",
        _ => throw new InputException($"the activation {activation} has no name in config.json."),
    };
}
