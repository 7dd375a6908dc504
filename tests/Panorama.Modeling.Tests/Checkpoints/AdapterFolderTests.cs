using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Checkpoints;
using Panorama.Modeling.Families;
using Panorama.Modeling.Native;
using Panorama.Modeling.Tests.Adapters;

namespace Panorama.Modeling.Tests.Checkpoints;

public sealed class AdapterFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DecoderModel _model = LoraAdapterTests.Model(trainable: false);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false, false, "q_proj,v_proj")]
    [InlineData(true, true, "all-linear")]
    public void RoundTripsToTheBit(bool dora, bool rsLora, string modules)
    {
        using LoraAdapter adapter = Save(dora, rsLora, modules);
        using LoraAdapter read = AdapterFolder.Load(_folder.Path, _model);
        Assert.Equal(TensorMemory.Span<float>(adapter.Parameters!.Data).ToArray(), TensorMemory.Span<float>(read.Parameters!.Data).ToArray());
        Assert.Equal((dora, rsLora, 4, 8.0), (read.Config.UseDora, read.Config.UseRsLora, read.Config.Rank, read.Config.Alpha));
        Assert.Equal(adapter.Config.Scale, read.Config.Scale);
    }

    /// <summary>The names are a contract with PEFT: get_peft_model_state_dict strips the adapter's name and DoRA's ".weight".</summary>
    [Fact]
    public void NamesAndShapesAreThoseOfPeft()
    {
        using LoraAdapter adapter = Save(true, false, "q_proj,down_proj");
        using var file = SafetensorsFile.Open(_folder[AdapterFolder.WeightsName]);
        Assert.Equal(
            [
                "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight [4, 24]",
                "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight [16, 4]",
                "base_model.model.model.layers.0.mlp.down_proj.lora_magnitude_vector [16]",
                "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight [4, 16]",
                "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight [16, 4]",
                "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector [16]",
            ],
            file.Tensors.Where(t => t.Name.Contains("layers.0", StringComparison.Ordinal)).Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]").Order(StringComparer.Ordinal));
        string json = File.ReadAllText(_folder[PeftConfig.FileName]);
        foreach (string part in new[] { "\"peft_type\": \"LORA\"", "\"task_type\": \"CAUSAL_LM\"", "\"r\": 4", "\"lora_alpha\": 8", "\"use_dora\": true", "\"use_rslora\": false", "\"q_proj\"" })
        {
            Assert.Contains(part, json, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "peft_type is")]
    [InlineData("\"r\": 4", "\"r\": 0", "r is 0")]
    [InlineData("\"r\": 4", "\"r\": 2", "shape")]
    [InlineData("\"r\": 4", "\"r\": 400", "smaller side")]
    [InlineData("\"r\": 4,", "", "has no r")]
    [InlineData("\"r\": 4", "\"r\": \"4\"", "r is")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"all\"", "bias is")]
    [InlineData("\"modules_to_save\": null", "\"modules_to_save\": [\"lm_head\"]", "has no tensor 'base_model.model.lm_head.weight'")]
    [InlineData("\"modules_to_save\": null", "\"modules_to_save\": [\"classifier\"]", "modules_to_save is classifier")]
    [InlineData("\"modules_to_save\": null", "\"modules_to_save\": \"lm_head\"", "a list")]
    [InlineData("\"trainable_token_indices\": null", "\"trainable_token_indices\": [3, 50]", "trainable_token_indices is 50")]
    [InlineData("\"trainable_token_indices\": null", "\"trainable_token_indices\": [3]", "embed_tokens.token_adapter.trainable_tokens_delta")]
    [InlineData("\"trainable_token_indices\": null", "\"trainable_token_indices\": {\"lm_head\": [\"3\"]}", "trainable_token_indices.lm_head[0] is")]
    [InlineData("\"trainable_token_indices\": null", "\"trainable_token_indices\": {\"lm_head\": [3], \"lm_head\": [4]}", "lm_head")]
    [InlineData("\"trainable_token_indices\": null", "\"trainable_token_indices\": 3", "an object")]
    [InlineData("\"modules_to_save\": null", "\"use_qalora\": true", "use_qalora is")]
    [InlineData("\"modules_to_save\": null", "\"rank_pattern\": {\"q_proj\": 8}", "rank_pattern is")]
    [InlineData("\"q_proj\"", "\"q_proj\", \"k_proj\"", "has no tensor")]
    [InlineData("\"q_proj\"", "\"o_proj\"", "o_proj")]
    [InlineData("\"q_proj\"", "\"query\"", "target_modules is query")]
    [InlineData("\"use_dora\": false", "\"use_dora\": true", "lora_magnitude_vector")]
    [InlineData("\"r\"", "\"init_lora_weights\": \"pissa_niter_4\", \"r\"", "init_lora_weights")]
    [InlineData("{", "[", "JSON")]
    public void AConfigurationThatDoesNotFitIsRefusedByName(string before, string after, string expected)
    {
        Save(false, false, "q_proj").Dispose();
        string path = _folder[PeftConfig.FileName];
        string json = File.ReadAllText(path);
        Assert.Contains(before, json, StringComparison.Ordinal);
        File.WriteAllText(path, json.Replace(before, after, StringComparison.Ordinal));
        InputException error = Assert.ThrowsAny<InputException>(() => AdapterFolder.Load(_folder.Path, _model));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TensorsThatDoNotFitAreNamed()
    {
        Save(false, false, "q_proj,v_proj").Dispose();
        string config = _folder[PeftConfig.FileName];
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"v_proj\"", "\"q_proj\"", StringComparison.Ordinal));
        Assert.Contains("v_proj", Assert.ThrowsAny<InputException>(() => AdapterFolder.Load(_folder.Path, _model)).Message, StringComparison.Ordinal);

        byte[] bytes = File.ReadAllBytes(_folder[AdapterFolder.WeightsName]);
        File.WriteAllBytes(_folder[AdapterFolder.WeightsName], bytes[..^4]);
        Assert.ThrowsAny<InputException>(() => AdapterFolder.Load(_folder.Path, _model));
        File.Delete(_folder[AdapterFolder.WeightsName]);
        Assert.ThrowsAny<InputException>(() => AdapterFolder.Load(_folder.Path, _model));
        Assert.Contains("does not exist", Assert.ThrowsAny<InputException>(() => AdapterFolder.Load(_folder["none"], _model)).Message, StringComparison.Ordinal);
    }

    /// <summary>The names are a contract with PEFT: the adapter's name is left out, rows are values, and what input and output share is there once.</summary>
    [Theory]
    [InlineData(true, "embed_tokens,input_layernorm", "", "", true, "layers.0.input_layernorm.weight [16]|layers.1.input_layernorm.weight [16]|embed_tokens.weight [50, 16]")]
    [InlineData(true, "embed_tokens,lm_head", "", "", true, "embed_tokens.weight [50, 16]")]
    [InlineData(true, "embed_tokens,lm_head", "", "", false, "embed_tokens.weight [50, 16]|lm_head.weight [50, 16]")]
    [InlineData(true, "", "4,2,9", "", false, "embed_tokens.token_adapter.trainable_tokens_delta [3, 16]")]
    [InlineData(false, "", "4", "4,2", false, "embed_tokens.token_adapter.trainable_tokens_delta [1, 16]|lm_head.token_adapter.trainable_tokens_delta [2, 16]")]
    public void TablesOfItsOwnAreNamedAsPeftNamesThemAndRoundTrip(bool tied, string modules, string input, string output, bool keepsTie, string expected)
    {
        using DecoderModel model = OwnModulesTests.Model(tied);
        using LoraAdapter adapter = OwnModulesTests.Adapter(model, modules, input, output, keepsTie, trainable: false);
        LoraAdapterTests.Randomize(adapter);
        AdapterFolder.Save(_folder.Path, adapter);
        using (var file = SafetensorsFile.Open(_folder[AdapterFolder.WeightsName]))
        {
            string[] found = [.. file.Tensors.Where(t => !t.Name.Contains("lora_", StringComparison.Ordinal)).Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]")];
            string[] names = [.. expected.Split('|').Select(n => $"base_model.model.{(n.StartsWith("lm_head", StringComparison.Ordinal) ? "" : "model.")}{n}")];
            Assert.Equal(names.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        }

        using LoraAdapter read = AdapterFolder.Load(_folder.Path, model);
        model.Adapter = adapter;
        float[] logits = LoraAdapterTests.Logits(model);
        model.Adapter = read;
        Assert.Equal(logits, LoraAdapterTests.Logits(model));
        Assert.Equal(adapter.Config.ModulesToSave, read.Config.ModulesToSave);
        Assert.Equal(adapter.UntiesEmbeddings, read.UntiesEmbeddings);

        string own = Directory.CreateDirectory(_folder["own"]).FullName, merged = _folder["merged"];
        ModelFolder.Save(own, model, new SpecialTokenIds { Bos = 0, Eos = [0] }, new GenerationConfig());
        MergedModel.Write(own, _folder.Path, merged);
        (DecoderModel whole, _) = ModelFolder.Load(merged);
        using (whole)
        {
            Assert.Equal(logits, LoraAdapterTests.Logits(whole), (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal(tied && !read.UntiesEmbeddings, whole.Config.TieEmbeddings);
        }
    }

    /// <summary>A list means the embedding's rows.</summary>
    [Fact]
    public void AListOfTokensMeansTheEmbedding()
    {
        using LoraAdapter adapter = OwnModulesTests.Adapter(_model, "", "4,2", "", false, trainable: false);
        AdapterFolder.Save(_folder.Path, adapter);
        string config = _folder[PeftConfig.FileName];
        string json = File.ReadAllText(config);
        int from = json.IndexOf("\"trainable_token_indices\": {", StringComparison.Ordinal);
        int to = json.IndexOf('}', from);
        File.WriteAllText(config, $"{json[..from]}\"trainable_token_indices\": [4, 2]{json[(to + 1)..]}");
        using LoraAdapter read = AdapterFolder.Load(_folder.Path, _model);
        Assert.Equal([4, 2], read.Config.TrainableTokens[LoraConfig.Embedding]);
    }

    [Fact]
    public void AnAdapterOfAnotherBaseIsRefused()
    {
        string own = Directory.CreateDirectory(_folder["own"]).FullName, other = Directory.CreateDirectory(_folder["other"]).FullName;
        var tokens = new SpecialTokenIds { Bos = 0, Eos = [0] };
        ModelFolder.Save(own, _model, tokens, new GenerationConfig());
        using LoraAdapter adapter = Save(false, false, "q_proj");
        AdapterFolder.Save(_folder.Path, adapter, ModelFolder.WeightsHash(own));
        AdapterFolder.Load(_folder.Path, _model, own).Dispose();
        TensorMemory.Span<float>(_model.Parameters!.Data)[0] += 1;
        ModelFolder.Save(other, _model, tokens, new GenerationConfig());
        InputException error = Assert.ThrowsAny<InputException>(() => AdapterFolder.Load(_folder.Path, _model, other));
        Assert.Contains("hashes differ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMergedModelHasNoOtherWeightsThanItsOwn()
    {
        string own = Directory.CreateDirectory(_folder["own"]).FullName, merged = _folder["merged"];
        ModelFolder.Save(own, _model, new SpecialTokenIds { Bos = 0, Eos = [0] }, new GenerationConfig());
        foreach (string name in new[] { "tokenizer.json", "tf_model.h5", "flax_model.msgpack", "model.onnx", "pytorch_model.bin", PeftConfig.FileName })
        {
            File.WriteAllText(Path.Combine(own, name), "{}");
        }

        Save(false, false, "q_proj").Dispose();
        MergedModel.Write(own, _folder.Path, merged);
        string[] found = [.. Directory.EnumerateFiles(merged).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["config.json", "generation_config.json", "lineage.json", "model.safetensors", "tokenizer.json"], found);
    }

    /// <summary>The error of the logits follows that of the weights; what matters is that the adapter works on the same base in both.</summary>
    [Theory]
    [InlineData(8, 0.05)]
    [InlineData(4, 0.6)]
    public void AQuantizedBaseGivesNearlyTheSameAndTakesLess(int bits, double tolerance)
    {
        ModelFolder.Save(_folder.Path, _model, new SpecialTokenIds { Bos = 0, Eos = [0] }, new GenerationConfig());
        (DecoderModel model, _) = ModelFolder.Load(_folder.Path, bits: bits);
        using (model)
        {
            float[] expected = LoraAdapterTests.Logits(_model), found = LoraAdapterTests.Logits(model);
            double scale = expected.Max(Math.Abs);
            Assert.Equal(expected, found, (a, b) => Math.Abs(a - b) < tolerance * scale);
            Assert.NotEqual(expected, found);
            using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2, UseDora = true });
            adapter.Allocate(trainable: true);
            adapter.Initialize(1);
            model.Adapter = adapter;
            Assert.Equal(found, LoraAdapterTests.Logits(model), (a, b) => Math.Abs(a - b) < 1e-5);
            using (TorchSharp.torch.NewDisposeScope())
            {
                model.Logits(model.Hidden(TorchSharp.torch.ones(2, 5, TorchSharp.torch.ScalarType.Int64))).square().sum().backward();
            }

            Assert.True(adapter.Parameters!.Gradient!.abs().max().item<float>() > 0);
        }
    }

    private LoraAdapter Save(bool dora, bool rsLora, string modules)
    {
        LoraAdapter adapter = LoraAdapterTests.Adapter(_model, dora, rsLora, modules);
        LoraAdapterTests.Randomize(adapter);
        AdapterFolder.Save(_folder.Path, adapter);
        return adapter;
    }
}
