using System.Globalization;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>The fields of a <c>LlamaForCausalLM</c>; defaults are those of transformers' LlamaConfig.</summary>
internal static class LlamaJson
{
    public const string ModelType = "llama";
    private const string Architecture = "LlamaForCausalLM";

    // Fields whose presence, but for these values, would change the model.
    private static readonly string[] MustBeAbsent = ["sliding_window", "quantization_config", "auto_map"];
    private static readonly string[] MustBeFalse = ["attention_bias", "mlp_bias", "add_cross_attention", "is_encoder_decoder"];
    private static readonly (string Name, double Value)[] MustEqual = [("pretraining_tp", 1), ("attention_dropout", 0), ("partial_rotary_factor", 1)];

    public static HuggingFaceModel Read(JsonFields fields)
    {
        RequireSupported(fields);
        int heads = fields.Required("num_attention_heads").Int32();
        Require.That(heads >= 1, heads, "num_attention_heads", "at least 1"); // before it divides the width
        var config = ModelConfig.Llama(
            vocabularySize: fields.Required("vocab_size").Int32(),
            hiddenSize: fields.Required("hidden_size").Int32(),
            layers: fields.Required("num_hidden_layers").Int32(),
            heads: heads,
            keyValueHeads: fields.Optional("num_key_value_heads")?.Int32() ?? heads,
            intermediateSize: fields.Required("intermediate_size").Int32(),
            contextLength: fields.Required("max_position_embeddings").Int32(),
            headSize: fields.Optional("head_dim")?.Int32(),
            theta: ReadTheta(fields),
            normEpsilon: fields.Required("rms_norm_eps").Double(),
            tieEmbeddings: fields.Optional("tie_word_embeddings")?.Boolean() ?? false,
            initializerRange: fields.Optional("initializer_range")?.Double() ?? 0.02);
        SpecialTokenIds tokens = TokenIdsJson.Read(fields);
        tokens.RequireWithin(config.VocabularySize);
        return new HuggingFaceModel { Config = config, SpecialTokens = tokens, StoredType = ReadType(fields) };
    }

    public static void Write(Utf8JsonWriter json, HuggingFaceModel model)
    {
        ModelConfig c = model.Config;
        RequireExpressible(c);
        json.WriteStartArray("architectures");
        json.WriteStringValue(Architecture);
        json.WriteEndArray();
        json.WriteString("model_type", ModelType);
        json.WriteNumber("vocab_size", c.VocabularySize);
        json.WriteNumber("hidden_size", c.HiddenSize);
        json.WriteNumber("intermediate_size", c.FeedForward.IntermediateSize);
        json.WriteNumber("num_hidden_layers", c.Layers);
        json.WriteNumber("num_attention_heads", c.Attention.Heads);
        json.WriteNumber("num_key_value_heads", c.Attention.KeyValueHeads);
        json.WriteNumber("head_dim", c.Attention.HeadSize);
        json.WriteNumber("max_position_embeddings", c.ContextLength);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("rms_norm_eps", c.Norm.Epsilon);
        json.WriteNumber("rope_theta", ((RotaryPositions)c.Positions).Theta);
        json.WriteNull("rope_scaling");
        json.WriteBoolean("attention_bias", false);
        json.WriteBoolean("mlp_bias", false);
        json.WriteBoolean("tie_word_embeddings", c.TieEmbeddings);
        json.WriteNumber("initializer_range", c.InitializerRange);
        TokenIdsJson.Write(json, model.SpecialTokens);
        if (model.StoredType is { } stored)
        {
            json.WriteString("torch_dtype", NameOf(stored));
        }
    }

    private static void RequireSupported(JsonFields fields)
    {
        if (fields.Optional("architectures") is { } architectures && (architectures.Items() is not [{ } only] || only.Text() != Architecture))
        {
            throw architectures.Wrong($"[\"{Architecture}\"]");
        }

        if (fields.Optional("hidden_act") is { } activation && activation.Text() != "silu")
        {
            throw activation.Wrong("'silu'");
        }

        foreach (string name in MustBeAbsent)
        {
            if (fields.Optional(name) is { } unsupported)
            {
                throw unsupported.Wrong("null, as anything else is not supported");
            }
        }

        foreach (string name in MustBeFalse)
        {
            if (fields.Optional(name) is { } flag && flag.Boolean())
            {
                throw flag.Wrong("false, as anything else is not supported");
            }
        }

        foreach ((string name, double value) in MustEqual)
        {
            if (fields.Optional(name) is { } number && number.Double() != value)
            {
                throw number.Wrong(string.Create(CultureInfo.InvariantCulture, $"{value}, as anything else is not supported"));
            }
        }

        foreach (JsonField layer in fields.Optional("layer_types")?.Items() ?? [])
        {
            if (layer.Text() != "full_attention")
            {
                throw layer.Wrong("'full_attention'");
            }
        }
    }

    // Old files have rope_theta and perhaps rope_scaling; new ones (transformers 5) rope_parameters with both.
    private static double ReadTheta(JsonFields fields)
    {
        JsonField? theta = fields.Optional("rope_theta");
        foreach (string name in (ReadOnlySpan<string>)["rope_scaling", "rope_parameters"])
        {
            if (fields.Optional(name)?.Object() is not { } rope)
            {
                continue;
            }

            foreach (string typeName in (ReadOnlySpan<string>)["rope_type", "type"])
            {
                if (rope.Optional(typeName) is { } type && type.Text() != "default")
                {
                    throw type.Wrong("'default', as scaled rotary positions are not supported");
                }
            }

            foreach ((string option, JsonField field) in rope.All())
            {
                switch (option)
                {
                    case "rope_type" or "type":
                        break;
                    case "rope_theta" when theta is null || theta.Value.Double() == field.Double():
                        theta = field;
                        break;
                    case "rope_theta":
                        throw field.Wrong($"the value of {theta.Value.Name}, {theta.Value.Double().ToString(CultureInfo.InvariantCulture)}");
                    case "partial_rotary_factor" when field.Double() == 1:
                        break;
                    default:
                        throw field.Wrong("nothing, as scaled rotary positions are not supported");
                }
            }
        }

        return theta?.Double() ?? 10_000;
    }

    private static DType? ReadType(JsonFields fields)
    {
        JsonField? field = fields.Optional("dtype") ?? fields.Optional("torch_dtype");
        return field?.Text() switch
        {
            null => null,
            "float32" => DType.F32,
            "bfloat16" => DType.BF16,
            "float16" => DType.F16,
            "float64" => DType.F64,
            _ => throw field.Value.Wrong("'float32', 'bfloat16', 'float16' or 'float64'"),
        };
    }

    private static string NameOf(DType type) => type switch
    {
        DType.F32 => "float32",
        DType.BF16 => "bfloat16",
        DType.F16 => "float16",
        DType.F64 => "float64",
        _ => throw new InputException($"weights of type {type} have no name in config.json; allowed: F32, BF16, F16, F64."),
    };

    private static void RequireExpressible(ModelConfig c)
    {
        string? part = c switch
        {
            { Norm: not { Kind: NormKind.RmsNorm, Placement: NormPlacement.Pre } } => "a norm other than RMSNorm before each sublayer",
            { FeedForward: not { Activation: Activation.Silu, Gated: true, Bias: false } } => "a feed-forward layer other than SwiGLU without biases",
            { Positions: not RotaryPositions } => "positions other than rotary ones",
            { Attention.Pattern: not FullAttention } => "attention other than full attention",
            { Attention: { InputBias: true } or { OutputBias: true } } => "attention biases",
            { Attention.NormalizeQueryKey: true } => "normalized queries and keys",
            { Causal: false } => "attention that is not causal",
            _ => null,
        };
        if (part is not null)
        {
            throw new InputException($"{Architecture} does not have {part}.");
        }
    }
}
