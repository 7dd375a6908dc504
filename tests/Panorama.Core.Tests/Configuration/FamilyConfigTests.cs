using System.Text;
using System.Text.Json.Nodes;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Core.Tests.Configuration;

/// <summary>Configurations as the families' published folders have them.</summary>
public sealed class FamilyConfigTests
{
    private const string Qwen2 = """
        {"architectures":["Qwen2ForCausalLM"],"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151645,"hidden_act":"silu",
         "hidden_size":896,"initializer_range":0.02,"intermediate_size":4864,"max_position_embeddings":32768,"max_window_layers":21,
         "model_type":"qwen2","num_attention_heads":14,"num_hidden_layers":24,"num_key_value_heads":2,"rms_norm_eps":1e-06,
         "rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":true,"torch_dtype":"bfloat16","use_cache":true,
         "use_sliding_window":false,"vocab_size":151936}
        """;

    private const string Qwen3 = """
        {"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151645,
         "head_dim":128,"hidden_act":"silu","hidden_size":1024,"initializer_range":0.02,"intermediate_size":3072,
         "max_position_embeddings":40960,"max_window_layers":28,"model_type":"qwen3","num_attention_heads":16,"num_hidden_layers":28,
         "num_key_value_heads":8,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":1000000,"sliding_window":null,
         "tie_word_embeddings":true,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}
        """;

    private const string Mistral = """
        {"architectures":["MistralForCausalLM"],"bos_token_id":1,"eos_token_id":2,"hidden_act":"silu","hidden_size":4096,
         "initializer_range":0.02,"intermediate_size":14336,"max_position_embeddings":32768,"model_type":"mistral",
         "num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_theta":10000.0,
         "sliding_window":4096,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":32000}
        """;

    private const string Gpt2 = """
        {"activation_function":"gelu_new","architectures":["GPT2LMHeadModel"],"attn_pdrop":0.1,"bos_token_id":50256,"embd_pdrop":0.1,
         "eos_token_id":50256,"initializer_range":0.02,"layer_norm_epsilon":1e-05,"model_type":"gpt2","n_ctx":1024,"n_embd":768,
         "n_head":12,"n_layer":12,"n_positions":1024,"resid_pdrop":0.1,"summary_type":"cls_index","vocab_size":50257,
         "task_specific_params":{"text-generation":{"do_sample":true,"max_length":50}}}
        """;

    private const string Bert = """
        {"architectures":["BertForMaskedLM"],"attention_probs_dropout_prob":0.1,"gradient_checkpointing":false,"hidden_act":"gelu",
         "hidden_dropout_prob":0.1,"hidden_size":768,"initializer_range":0.02,"intermediate_size":3072,"layer_norm_eps":1e-12,
         "max_position_embeddings":512,"model_type":"bert","num_attention_heads":12,"num_hidden_layers":12,"pad_token_id":0,
         "position_embedding_type":"absolute","type_vocab_size":2,"use_cache":true,"vocab_size":30522}
        """;

    [Fact]
    public void Qwen2HasBiasesOnTheInputsAndNoWindowUnlessAsked()
    {
        ModelConfig config = Parse(Qwen2).Config;
        Assert.Equal(new AttentionConfig(14, 2, 64, inputBias: true), config.Attention);
        Assert.True(config.TieEmbeddings);
        Assert.Equal(ModelFamily.Qwen2, config.Family);
        Assert.Equal(new WindowAttention(100), Parse(With(Qwen2, ("use_sliding_window", "true"), ("max_window_layers", "0"), ("sliding_window", "100"))).Config.Attention.Pattern);
        Assert.Equal(new FullAttention(), Parse(With(Qwen2, ("use_sliding_window", "true"), ("max_window_layers", "24"))).Config.Attention.Pattern);
    }

    [Fact]
    public void Qwen3NormalizesQueriesAndKeysOfItsOwnHeadSize() =>
        Assert.Equal(new AttentionConfig(16, 8, 128, normalizeQueryKey: true), Parse(Qwen3).Config.Attention);

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("null", null)]
    [InlineData(null, 4096)]
    public void MistralsWindowIsNullForNone(string? written, int? window)
    {
        JsonObject json = JsonNode.Parse(Mistral)!.AsObject();
        json.Remove("sliding_window");
        if (written is not null)
        {
            json["sliding_window"] = JsonNode.Parse(written);
        }

        Assert.Equal(window, (Parse(json.ToJsonString()).Config.Attention.Pattern as WindowAttention)?.Window);
    }

    [Fact]
    public void Gpt2HasLearnedPositionsAndTiedEmbeddings()
    {
        HuggingFaceModel model = Parse(Gpt2);
        Assert.Equal(
            new ModelConfig(
                ModelFamily.Gpt2,
                50257,
                768,
                12,
                1024,
                new AttentionConfig(12, 12, 64, inputBias: true, outputBias: true),
                new FeedForwardConfig(3072, Activation.GeluTanh, Gated: false, Bias: true),
                new NormConfig(NormKind.LayerNorm, 1e-5),
                new LearnedPositions(),
                tieEmbeddings: true),
            model.Config);
        Assert.Equal(new SpecialTokenIds { Bos = 50256, Eos = [50256] }, model.SpecialTokens);
    }

    [Fact]
    public void BertIsAnEncoderWithNormsBehindTheSublayers()
    {
        ModelConfig config = Parse(Bert).Config;
        Assert.False(config.Causal);
        Assert.Equal(new NormConfig(NormKind.LayerNorm, 1e-12, NormPlacement.Post), config.Norm);
        Assert.Equal(new FeedForwardConfig(3072, Activation.Gelu, Gated: false, Bias: true), config.FeedForward);
        Assert.Equal((2, 512), (config.TokenTypes, config.ContextLength));
    }

    [Fact]
    public void EveryFamilyReturnsWhatWasWritten()
    {
        string[] files =
        [
            Qwen2, Qwen3, Mistral, Gpt2, Bert,
            With(Mistral, ("sliding_window", "null")),
            With(Qwen2, ("use_sliding_window", "true"), ("max_window_layers", "0")),
            With(Qwen3, ("attention_bias", "true")),
            With(Gpt2, ("n_inner", "1000"), ("activation_function", "\"relu\""), ("tie_word_embeddings", "false")),
            With(Bert, ("hidden_act", "\"gelu_new\""), ("type_vocab_size", "1")),
            With(Mistral, ("rope_scaling", """{"type":"linear","factor":2.5}""")),
            With(Mistral, ("rope_scaling", """{"type":"dynamic","factor":4}""")),
            With(Mistral, ("rope_scaling", """{"rope_type":"llama3","factor":32,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}""")),
            With(Qwen2, ("rope_scaling", """{"rope_type":"yarn","factor":4,"original_max_position_embeddings":32768,"beta_fast":16,"attention_factor":1.5}""")),
        ];
        foreach (string file in files)
        {
            HuggingFaceModel model = Parse(file);
            Assert.Equal(model, HuggingFaceConfig.Parse(HuggingFaceConfig.ToJson(model), "config.json"));
        }
    }

    [Theory]
    [InlineData("""{"type":"yarn","factor":4}""", 32768, null)]
    [InlineData("""{"type":"yarn","rope_type":"yarn","factor":4,"original_max_position_embeddings":4096,"mscale":1,"mscale_all_dim":1}""", 4096, 1.0)]
    public void YarnTakesTheContextOfTheModelAndTheRatioOfItsScales(string scaling, int original, double? attention) => Assert.Equal(
        new RotaryPositions(1_000_000, new YarnScaling(4, original, AttentionFactor: attention)),
        Parse(With(Qwen2, ("rope_scaling", scaling))).Config.Positions);

    [Theory]
    [InlineData(Qwen2, "num_key_value_heads", "null", "has no num_key_value_heads, which is required.")]
    [InlineData(Qwen2, "max_window_layers", "3", "max_window_layers is '3'; allowed: 0 or num_hidden_layers (24)")]
    [InlineData(Qwen2, "mlp_bias", "true", "mlp_bias is 'true'")]
    [InlineData(Qwen3, "head_dim", "null", "has no head_dim, which is required.")]
    [InlineData(Qwen3, "architectures", """["Qwen3MoeForCausalLM"]""", "architectures is")]
    [InlineData(Mistral, "attention_bias", "true", "attention_bias is 'true'")]
    [InlineData(Mistral, "layer_types", """["full_attention"]""", "layer_types[0] is '\"full_attention\"'; allowed: 'sliding_attention'.")]
    [InlineData(Mistral, "sliding_window", "0", "the attention window is 0; allowed: at least 1.")]
    [InlineData(Gpt2, "n_embd", "770", "n_embd is 770; allowed: a multiple of n_head (12).")]
    [InlineData(Gpt2, "n_head", "0", "n_head is 0; allowed: at least 1.")]
    [InlineData(Gpt2, "scale_attn_by_inverse_layer_idx", "true", "scale_attn_by_inverse_layer_idx is 'true'")]
    [InlineData(Gpt2, "scale_attn_weights", "false", "scale_attn_weights is 'false'")]
    [InlineData(Gpt2, "add_cross_attention", "true", "add_cross_attention is 'true'")]
    [InlineData(Gpt2, "activation_function", "\"quick_gelu\"", "activation_function is '\"quick_gelu\"'; allowed: 'silu', 'gelu'")]
    [InlineData(Bert, "position_embedding_type", "\"relative_key\"", "position_embedding_type is '\"relative_key\"'; allowed: 'absolute'")]
    [InlineData(Bert, "is_decoder", "true", "is_decoder is 'true'")]
    [InlineData(Bert, "type_vocab_size", "-1", "type_vocab_size is -1; allowed: 0 to 65,536.")]
    public void RefusesByName(string file, string field, string value, string message)
    {
        string json = With(file, (field, value), ("use_sliding_window", field == "max_window_layers" ? "true" : "false"));
        Assert.StartsWith("config.json: " + message, Assert.Throws<InvalidFileException>(() => Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoFamilyWritesAnotherOnesParts()
    {
        ModelConfig[] all = [Parse(Qwen2).Config, Parse(Qwen3).Config, Parse(Mistral).Config, Parse(Gpt2).Config, Parse(Bert).Config];
        foreach (ModelConfig shape in all)
        {
            foreach (ModelConfig other in all.Where(o => o.Family != shape.Family))
            {
                var wrong = new ModelConfig(
                    other.Family, shape.VocabularySize, shape.HiddenSize, shape.Layers, shape.ContextLength, shape.Attention, shape.FeedForward,
                    shape.Norm, shape.Positions, shape.Causal, shape.TieEmbeddings, shape.InitializerRange, shape.TokenTypes);
                Assert.Contains(" does not have ", Assert.Throws<InputException>(() => HuggingFaceConfig.ToJson(new HuggingFaceModel { Config = wrong })).Message, StringComparison.Ordinal);
            }
        }
    }

    private static HuggingFaceModel Parse(string json) => HuggingFaceConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");

    private static string With(string file, params (string Field, string Value)[] changes)
    {
        JsonObject json = JsonNode.Parse(file)!.AsObject();
        foreach ((string field, string value) in changes)
        {
            json[field] = JsonNode.Parse(value);
        }

        return json.ToJsonString();
    }
}
