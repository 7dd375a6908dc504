using System.Text;
using System.Text.Json.Nodes;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Core.Tests.Configuration;

public sealed class HuggingFaceConfigTests
{
    // The fields of a converted LLaMA 2 chat model of 1.1 B parameters, with what other tools leave in such files.
    private const string Small = """
        {
          "_name_or_path": "x", "architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 1, "eos_token_id": 2,
          "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 5632, "max_position_embeddings": 2048,
          "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 22, "num_key_value_heads": 4, "pretraining_tp": 1,
          "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
          "transformers_version": "4.35.0", "use_cache": true, "vocab_size": 32000
        }
        """;

    private static readonly Gen<HuggingFaceModel> GenModel =
        from heads in Gen.Int[1, 4]
        from groups in Gen.Int[1, 4]
        from headSize in Gen.Int[1, 64]
        from vocabulary in Gen.Int[2, 100_000]
        from theta in Gen.Double[1.5, 1e6]
        from epsilon in Gen.Double[1e-12, 0.1]
        from range in Gen.Double[1e-6, 1]
        from tie in Gen.Bool
        from eos in Gen.Int[0, vocabulary - 1].Array[0, 3]
        from bos in Gen.Int[0, vocabulary - 1].Nullable()
        from pad in Gen.Int[0, vocabulary - 1].Nullable()
        from stored in Gen.OneOf(Gen.Const(DType.F32), Gen.Const(DType.BF16), Gen.Const(DType.F16), Gen.Const(DType.F64))
        from said in Gen.Bool
        select new HuggingFaceModel
        {
            Config = ModelConfig.Llama(vocabulary, 96, 3, heads * groups, heads, 200, 77, headSize * 2, theta, epsilon, tie, range),
            SpecialTokens = new SpecialTokenIds { Bos = bos, Eos = eos, Pad = pad },
            StoredType = said ? stored : null,
        };

    [Fact]
    public void ReadsAFileAsOthersWriteIt()
    {
        HuggingFaceModel model = Parse(Small);
        Assert.Equal(ModelConfig.Llama(32000, 2048, 22, 32, 4, 5632, 2048), model.Config);
        Assert.Equal(64, model.Config.Attention.HeadSize);
        Assert.Equal(new SpecialTokenIds { Bos = 1, Eos = [2] }, model.SpecialTokens);
        Assert.Equal(DType.BF16, model.StoredType);
    }

    [Fact]
    public void ReturnsWhatWasWritten() => GenModel.Sample(model => Assert.Equal(model, HuggingFaceConfig.Parse(HuggingFaceConfig.ToJson(model), "config.json")));

    [Fact]
    public void ReturnsWhatWasWrittenToAFile()
    {
        using var folder = new TemporaryFolder();
        HuggingFaceModel model = Parse(Small);
        HuggingFaceConfig.Write(folder["config.json"], model);
        Assert.Equal(model, HuggingFaceConfig.Read(folder["config.json"]));
    }

    [Theory]
    [InlineData("num_key_value_heads", 32)]
    [InlineData("rope_theta", 10000)]
    [InlineData("initializer_range", 0.02)]
    [InlineData("tie_word_embeddings", 0)]
    public void TakesTheDefaultsOfTheLayout(string field, double expected)
    {
        JsonObject json = JsonNode.Parse(Small)!.AsObject();
        json.Remove(field);
        ModelConfig config = Parse(json.ToJsonString()).Config;
        double actual = field switch
        {
            "num_key_value_heads" => config.Attention.KeyValueHeads,
            "rope_theta" => ((RotaryPositions)config.Positions).Theta,
            "initializer_range" => config.InitializerRange,
            _ => config.TieEmbeddings ? 1 : 0,
        };
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("model_type")]
    [InlineData("vocab_size")]
    [InlineData("hidden_size")]
    [InlineData("intermediate_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    [InlineData("max_position_embeddings")]
    [InlineData("rms_norm_eps")]
    public void NamesAMissingField(string field)
    {
        JsonObject json = JsonNode.Parse(Small)!.AsObject();
        json.Remove(field);
        Assert.Equal($"config.json: has no {field}, which is required.", Assert.Throws<InvalidFileException>(() => Parse(json.ToJsonString())).Message);
    }

    [Theory]
    [InlineData("model_type", "\"mixtral\"", "model_type is '\"mixtral\"'; allowed: 'llama', 'qwen2', 'qwen3', 'mistral', 'gpt2', 'bert'.")]
    [InlineData("architectures", "[\"LlamaForSequenceClassification\"]", "architectures is")]
    [InlineData("architectures", "[]", "architectures is")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is '\"gelu\"'; allowed: 'silu'.")]
    [InlineData("attention_bias", "1", "attention_bias is '1'; allowed: true or false.")]
    [InlineData("mlp_bias", "true", "mlp_bias is 'true'")]
    [InlineData("pretraining_tp", "2", "pretraining_tp is '2'; allowed: 1")]
    [InlineData("attention_dropout", "0.1", "attention_dropout is '0.1'; allowed: 0")]
    [InlineData("sliding_window", "4096", "sliding_window is '4096'")]
    [InlineData("quantization_config", "{\"quant_method\":\"gptq\"}", "quantization_config is")]
    [InlineData("layer_types", "[\"full_attention\",\"sliding_attention\"]", "layer_types[1] is")]
    [InlineData("rope_scaling", "{\"type\":\"linear\"}", "has no rope_scaling.factor, which is required.")]
    [InlineData("rope_scaling", "{\"type\":\"linear\",\"factor\":0.5}", "the rope scaling's factor is 0.5; allowed: a number from 1 to 1,000,000.")]
    [InlineData("rope_scaling", "{\"type\":\"linear\",\"rope_type\":\"yarn\",\"factor\":2}", "rope_scaling.rope_type is '\"yarn\"'; allowed: the value of rope_scaling.type, 'linear'.")]
    [InlineData("rope_scaling", "{\"rope_type\":\"longrope\"}", "rope_scaling.rope_type is '\"longrope\"'; allowed: 'default', 'linear', 'dynamic', 'llama3', 'yarn'.")]
    [InlineData("rope_scaling", "{\"rope_type\":\"llama3\",\"factor\":8}", "has no rope_scaling.low_freq_factor")]
    [InlineData("rope_scaling", "{\"rope_type\":\"dynamic\",\"factor\":2,\"original_max_position_embeddings\":512}", "rope_scaling.original_max_position_embeddings is '512'; allowed: max_position_embeddings (2048).")]
    [InlineData("rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":2,\"truncate\":false}", "rope_scaling.truncate is 'false'")]
    [InlineData("rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":2,\"beta_slow\":40}", "beta_fast is 32; allowed: a number from beta_slow")]
    [InlineData("rope_scaling", "{\"factor\":2}", "rope_scaling.factor is '2'; allowed: nothing")]
    [InlineData("rope_scaling", "3", "rope_scaling is '3'; allowed: an object.")]
    [InlineData("rope_parameters", "{\"rope_type\":\"linear\",\"factor\":2,\"low_freq_factor\":1}", "rope_parameters.low_freq_factor is '1'; allowed: nothing")]
    [InlineData("rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":5}", "rope_parameters.rope_theta is '5'; allowed: the value of rope_theta, 10000.")]
    [InlineData("rope_theta", "1", "rope_theta is 1; allowed: a number in (1, 1e12].")]
    [InlineData("vocab_size", "32000.5", "vocab_size is '32000.5'; allowed: an integer of 32 bits.")]
    [InlineData("vocab_size", "\"32000\"", "vocab_size is")]
    [InlineData("vocab_size", "0", "vocab_size is 0; allowed: 2 to 16,777,216.")]
    [InlineData("num_key_value_heads", "5", "num_key_value_heads is 5; allowed: a divisor of num_attention_heads (32).")]
    [InlineData("num_attention_heads", "0", "num_attention_heads")]
    [InlineData("head_dim", "3", "head_dim with rotary positions is 3")]
    [InlineData("rms_norm_eps", "1e999", "rms_norm_eps")]
    [InlineData("eos_token_id", "32000", "eos_token_id is 32000; allowed: 0 to 31999")]
    [InlineData("eos_token_id", "[2,-1]", "eos_token_id[1] is '-1'")]
    [InlineData("bos_token_id", "\"<s>\"", "bos_token_id is")]
    [InlineData("torch_dtype", "\"int8\"", "torch_dtype is '\"int8\"'; allowed: 'float32'")]
    [InlineData("tie_word_embeddings", "1", "tie_word_embeddings is '1'; allowed: true or false.")]
    public void RefusesByName(string field, string value, string message)
    {
        JsonObject json = JsonNode.Parse(Small)!.AsObject();
        json[field] = JsonNode.Parse(value);
        var error = Assert.Throws<InvalidFileException>(() => Parse(json.ToJsonString()));
        Assert.StartsWith("config.json: " + message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rope_parameters", """{"rope_type":"default","rope_theta":500000.0}""", 500_000)]
    [InlineData("rope_parameters", """{"rope_theta":2e4,"partial_rotary_factor":1.0}""", 20_000)]
    [InlineData("rope_scaling", """{"rope_type":"default"}""", 10_000)]
    public void ReadsTheNewerRopeParameters(string field, string value, double theta)
    {
        JsonObject json = JsonNode.Parse(Small)!.AsObject();
        json.Remove("rope_theta");
        json[field] = JsonNode.Parse(value);
        Assert.Equal(new RotaryPositions(theta), Parse(json.ToJsonString()).Config.Positions);
    }

    [Fact]
    public void ReadsSpecialTokensAsLlamaFilesHaveThem()
    {
        JsonObject json = JsonNode.Parse(Small)!.AsObject();
        json["eos_token_id"] = new JsonArray(128, 129);
        json["pad_token_id"] = -1;
        json["bos_token_id"] = null;
        SpecialTokenIds tokens = Parse(json.ToJsonString()).SpecialTokens;
        Assert.Equal([128, 129], tokens.Eos);
        Assert.Null(tokens.Pad);
        Assert.Null(tokens.Bos);
    }

    [Fact]
    public void WritesNoModelThatTheLayoutCannotExpress()
    {
        ModelConfig With(NormConfig? norm = null, FeedForwardConfig? feedForward = null, PositionConfig? positions = null, AttentionConfig? attention = null, bool causal = true) =>
            new(ModelFamily.Llama, 100, 64, 2, 32, attention ?? new(4, 2, 16), feedForward ?? new(128, Activation.Silu, true), norm ?? new(NormKind.RmsNorm, 1e-5), positions ?? new RotaryPositions(), causal);

        _ = HuggingFaceConfig.ToJson(new HuggingFaceModel { Config = With() });
        ModelConfig[] others =
        [
            With(norm: new(NormKind.LayerNorm, 1e-5)),
            With(norm: new(NormKind.RmsNorm, 1e-5, NormPlacement.Post)),
            With(feedForward: new(128, Activation.Gelu, true)),
            With(feedForward: new(128, Activation.Silu, false)),
            With(feedForward: new(128, Activation.Silu, true, Bias: true)),
            With(positions: new AlibiPositions()),
            With(attention: new(4, 2, 16, new WindowAttention(8))),
            With(attention: new(4, 2, 16, inputBias: true)),
            With(attention: new(4, 2, 16, normalizeQueryKey: true)),
            With(causal: false),
        ];
        Assert.All(others, config => Assert.StartsWith(
            "LlamaForCausalLM does not have ",
            Assert.Throws<InputException>(() => HuggingFaceConfig.ToJson(new HuggingFaceModel { Config = config })).Message,
            StringComparison.Ordinal));
    }

    private static HuggingFaceModel Parse(string json) => HuggingFaceConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
