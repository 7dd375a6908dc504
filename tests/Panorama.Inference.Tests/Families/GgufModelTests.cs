using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Tests.Families;

/// <summary>A folder written as GGUF is the same model when it is opened.</summary>
public sealed class GgufModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => [.. TinyModel.All.Keys];

    private string Gguf => _folder["model.gguf"];

    [Theory]
    [MemberData(nameof(Families))]
    public void EveryFamilyIsTheSameOutOfAFile(string family)
    {
        using ModelFiles folder = Folder(family);
        GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        using ModelFiles file = ModelFiles.Open(Gguf);
        AssertSame(folder.Config, file.Config);
        Assert.Equal(folder.SpecialTokens, file.SpecialTokens);
        Assert.Equal(folder.AddsBos, file.AddsBos);
        Assert.Equal(folder.ChatTemplate, file.ChatTemplate);
        Assert.Equal(folder.Generation.Temperature, file.Generation.Temperature);
        Assert.Equal(folder.Pooling, file.Pooling);
        Assert.Equal(DType.F32, file.StoredType);
        foreach (string text in (string[])["the cat and the and", "unables.", "and  \n the"])
        {
            Assert.Equal(folder.Tokenizer.Encode(text), file.Tokenizer.Encode(text));
            Assert.Equal(folder.Tokenizer.AddSpecialTokens(folder.Tokenizer.Encode(text)), file.Tokenizer.AddSpecialTokens(file.Tokenizer.Encode(text)));
        }

        using IModelWeights expected = folder.OpenWeights(), actual = file.OpenWeights();
        AssertSameWeights(expected, actual, folder.Config);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void EveryFamilyIsTheSameInAFolderMadeFromTheFile(string family)
    {
        using ModelFiles before = Folder(family);
        GgufExport.Write(before, Gguf, TensorFormat.BF16, cancellation: TestContext.Current.CancellationToken);
        using ModelFiles file = ModelFiles.Open(Gguf);
        long bytes = FolderExport.Write(file, _folder["again"], DType.F16, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(TinyModel.All[family].Tensors.Sum(static t => 2 * t.Shape.Aggregate(1L, static (a, b) => a * b)), bytes);
        using ModelFiles after = ModelFiles.Open(_folder["again"]);
        AssertSame(before.Config, after.Config);
        Assert.Equal(DType.F16, after.StoredType);
        Assert.Equal((before.SpecialTokens, before.AddsBos, before.ChatTemplate, before.Pooling), (after.SpecialTokens, after.AddsBos, after.ChatTemplate, after.Pooling));
        Assert.Equal((before.Generation.Temperature, before.Generation.TopK, before.Generation.DoSample), (after.Generation.Temperature, after.Generation.TopK, after.Generation.DoSample));
        Assert.Equal(before.Tokenizer.Encode("the unable cats and."), after.Tokenizer.Encode("the unable cats and."));
        using IModelWeights expected = before.OpenWeights(), actual = after.OpenWeights();
        AssertSameWeights(expected, actual, before.Config);
    }

    [Fact]
    public void ANumberBeyondTheRangeNamesItsTensor()
    {
        TinyModel model = TinyModel.All["llama"];
        model.Write(_folder.Path);
        File.WriteAllText(_folder["tokenizer.json"], TinyTokenizer.ByteLevel());
        foreach ((float value, string message) in ((float, string)[])[(7e4f, "'model.layers.1.mlp.up_proj.weight' holds 70000, beyond the range of F16. Choose bf16 or f32."), (float.NaN, "not a finite number")])
        {
            using (var stream = new FileStream(_folder["model.safetensors"], FileMode.Open))
            {
                using var safetensors = Panorama.Core.Safetensors.SafetensorsFile.Open(_folder["model.safetensors"]);
                stream.Position = stream.Length - safetensors.Tensors[^1].Offset - safetensors.Tensors[^1].ByteCount + safetensors.Get("model.layers.1.mlp.up_proj.weight").Offset;
                stream.Write(BitConverter.GetBytes(value));
            }

            using ModelFiles folder = ModelFiles.Open(_folder.Path);
            Assert.Contains(message, Assert.Throws<InvalidFileException>(() => GgufExport.Write(folder, Gguf, TensorFormat.F16, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
            Assert.Contains(message, Assert.Throws<InvalidFileException>(() => FolderExport.Write(folder, _folder["again"], DType.F16, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
            Assert.False(File.Exists(Gguf) || Directory.Exists(_folder["again"]));
        }
    }

    [Theory]
    [InlineData(TensorFormat.F16)]
    [InlineData(TensorFormat.BF16)]
    public void MatricesTakeTheFormatAskedForAndVectorsDoNot(TensorFormat format)
    {
        using ModelFiles folder = Folder("llama");
        long bytes = GgufExport.Write(folder, Gguf, format, cancellation: TestContext.Current.CancellationToken);
        using ModelFiles file = ModelFiles.Open(Gguf);
        using IModelWeights expected = folder.OpenWeights(), actual = file.OpenWeights();
        AssertSameWeights(expected, actual, folder.Config); // the values are exact in both
        Assert.True(actual.TryGet(WeightRole.Query, 0, out WeightView? query) && actual.TryGet(WeightRole.AttentionNorm, 0, out WeightView? norm) && query.Format == format && norm.Format == TensorFormat.F32);
        using var raw = GgufFile.Open(Gguf);
        Assert.Equal(raw.Tensors.Sum(static t => t.ByteCount), bytes);
    }

    [Fact]
    public void LlamasPairsAreNeighboursInTheFileAndQwensAreNot()
    {
        foreach (string family in (string[])["llama", "qwen2"])
        {
            using ModelFiles folder = Folder(family);
            GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
            using var file = GgufFile.Open(Gguf);
            using IModelWeights weights = folder.OpenWeights();
            GgufTensor key = file.Get("blk.1.attn_k.weight");
            int[] order = family == "llama" ? [0, 2, 1, 3, 4, 6, 5, 7] : [0, 1, 2, 3, 4, 5, 6, 7];
            for (int row = 0; row < 8; row++)
            {
                Assert.Equal(RowValues.Of(weights, WeightRole.Key, 1, order[row]), System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(key, row * 64, 64)).ToArray());
            }
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("yarn")]
    [InlineData("yarn-factor")]
    [InlineData("llama3")]
    [InlineData("factors")]
    public void RopeScalingReturns(string kind)
    {
        RotaryScaling scaling = kind switch
        {
            "linear" => new LinearScaling(2.5),
            "yarn" => new YarnScaling(4, 16, 24, 2),
            "yarn-factor" => new YarnScaling(4, 16, AttentionFactor: 1.25),
            "llama3" => new Llama3Scaling(8, 1.5, 3, 300),
            _ => new FactorScaling([1.25f, 3]),
        };
        TinyModel model = TinyModel.All["llama"];
        ModelConfig config = TinyModel.With(model.Config, new RotaryPositions(5000, scaling));
        if (scaling is FactorScaling)
        {
            // A folder has no place for it: the file is made from another.
            Write(model with { Config = TinyModel.With(model.Config, new RotaryPositions(5000, new Llama3Scaling(8, 1, 4, 8192))) });
            using ModelFiles other = ModelFiles.Open(_folder.Path);
            GgufExport.Write(other, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
            SetFactors(1.25f, 3);
        }
        else
        {
            Write(model with { Config = config });
            using ModelFiles folder = ModelFiles.Open(_folder.Path);
            GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        }

        using ModelFiles file = ModelFiles.Open(Gguf);
        var positions = (RotaryPositions)file.Config.Positions;
        Assert.Equal(5000, positions.Theta);
        if (kind == "yarn-factor")
        {
            Assert.Equal(1.25, ((YarnScaling)positions.Scaling!).AttentionFactor!.Value, 1e-6);
        }
        else
        {
            Assert.Equal(scaling, positions.Scaling);
        }

        if (scaling is FactorScaling)
        {
            Assert.Contains("every rotary frequency", Assert.Throws<InputException>(() => FolderExport.Write(file, _folder["again"], DType.F32, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheFactorsOfPublishedLlama3FilesAreRecognized()
    {
        TinyModel model = TinyModel.All["llama"];
        Write(model with { Config = TinyModel.With(model.Config, new RotaryPositions(5e7, new Llama3Scaling(32, 1, 4, 8192))) });
        using (ModelFiles folder = ModelFiles.Open(_folder.Path))
        {
            GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        }

        Rewrite(entries => entries.RemoveAll(static e => e.Key.StartsWith("panorama.", StringComparison.Ordinal)));
        using ModelFiles file = ModelFiles.Open(Gguf);
        Assert.Equal(new Llama3Scaling(32, 1, 4, 8192), ((RotaryPositions)file.Config.Positions).Scaling);
    }

    [Fact]
    public void EndsAreFoundByKeyAndByText()
    {
        using (ModelFiles folder = Folder("llama"))
        {
            GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        }

        Rewrite(entries => entries.RemoveAll(static e => e.Key.StartsWith("panorama.", StringComparison.Ordinal)));
        using (ModelFiles file = ModelFiles.Open(Gguf))
        {
            Assert.Equal([40, 42], file.SpecialTokens.Eos);
        }

        Rewrite(entries => entries.RemoveAll(static e => e.Key is "tokenizer.ggml.eot_token_id" or "tokenizer.ggml.eos_token_id"));
        using ModelFiles bare = ModelFiles.Open(Gguf);
        Assert.Equal([40, 42], bare.SpecialTokens.Eos); // by their texts alone
    }

    [Theory]
    [InlineData("general.architecture", "mamba", "the architecture 'mamba'; supported: llama, qwen2, qwen3, gpt2, bert.")]
    [InlineData("llama.rope.scaling.type", "longrope", "allowed: 'none', 'linear', 'yarn'")]
    [InlineData("tokenizer.ggml.model", "t5", "kind 't5' (tokenizer.ggml.model); supported: gpt2, llama, bert")]
    [InlineData("tokenizer.ggml.pre", "whisper", "\"whisper\" (tokenizer.ggml.pre), which is not known; known: gpt-2, ")]
    public void TextThatIsNotSupportedIsRefusedByName(string key, string value, string message) => AssertRefused(key, GgufValue.Of(value), message);

    [Theory]
    [InlineData("llama.expert_count", 8, "'llama.expert_count'")]
    [InlineData("llama.attention.head_count", 0, "llama.attention.head_count is 0")]
    [InlineData("llama.attention.head_count", -3, "llama.attention.head_count is -3")]
    [InlineData("llama.attention.key_length", 6, "attention.value_length")]
    [InlineData("llama.rope.dimension_count", 2, "the head size (4)")]
    [InlineData("llama.block_count", 3, "blk.2.attn_norm.weight")]
    [InlineData("llama.block_count", 1_000_000, "num_hidden_layers is 1000000")]
    [InlineData("llama.feed_forward_length", 25, "is not of the shape [25, 16]")]
    [InlineData("split.count", 3, "3 parts")]
    [InlineData("tokenizer.ggml.bos_token_id", 48, "bos_token_id is 48")]
    public void ANumberThatIsNotSupportedIsRefusedByName(string key, int value, string message) => AssertRefused(key, GgufValue.Of(value), message);

    [Fact]
    public void ATensorThatWouldChangeTheModelIsRefused()
    {
        using (ModelFiles folder = Folder("llama-biased"))
        {
            GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        }

        Rewrite(static _ => { }, static tensor => tensor.Name != "blk.0.attn_output.bias");
        AssertOpenFails("blk.1.attn_output.bias");
        Rewrite(static _ => { }, static tensor => tensor.Name != "blk.1.attn_output.bias" && tensor.Name != "blk.1.attn_q.bias");
        AssertOpenFails("blk.1.attn_q.bias");
    }

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(string key, GgufValue value, string message)
    {
        using (ModelFiles folder = Folder("llama"))
        {
            GgufExport.Write(folder, Gguf, TensorFormat.F32, cancellation: TestContext.Current.CancellationToken);
        }

        Rewrite(entries =>
        {
            entries.RemoveAll(e => e.Key == key);
            entries.Add(new(key, value));
        });
        AssertOpenFails(message);
    }

    private void AssertOpenFails(string message)
    {
        var error = Assert.ThrowsAny<InputException>(() =>
        {
            using ModelFiles file = ModelFiles.Open(Gguf);
            _ = file.SpecialTokens;
            _ = file.Tokenizer;
            file.OpenWeights().Dispose();
        });
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(Gguf, error.Message, StringComparison.Ordinal);
    }

    private ModelFiles Folder(string family)
    {
        Write(TinyModel.All[family]);
        return ModelFiles.Open(_folder.Path);
    }

    private void Write(TinyModel model)
    {
        bool isBert = model.Config.Family == ModelFamily.Bert;
        model.Write(_folder.Path);
        File.Delete(_folder["tokenizer.json"]);
        if (isBert)
        {
            File.WriteAllText(_folder["vocab.txt"], TinyTokenizer.WordPiece());
            Directory.CreateDirectory(_folder["1_Pooling"]);
            File.WriteAllText(_folder["1_Pooling/config.json"], """{"pooling_mode_mean_tokens":true}""");
            return;
        }

        string pattern = model.Config.Family switch
        {
            ModelFamily.Gpt2 => "Gpt2",
            ModelFamily.Qwen2 or ModelFamily.Qwen3 => "Qwen2",
            _ => "Llama3",
        };
        File.WriteAllText(_folder["tokenizer.json"], TinyTokenizer.ByteLevel(pattern));
        File.WriteAllText(_folder["generation_config.json"], """{"bos_token_id":40,"eos_token_id":[40,42],"pad_token_id":40,"do_sample":true,"temperature":0.75,"top_k":7}""");
        File.WriteAllText(_folder["chat_template.jinja"], "{{ messages }}");
    }

    private void SetFactors(params float[] factors) => Rewrite(
        static _ => { },
        write: (tensor, bytes) => tensor.Name == "rope_freqs.weight" ? System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(factors).ToArray() : bytes);

    // The file again, with other metadata or tensors.
    private void Rewrite(Action<List<KeyValuePair<string, GgufValue>>> change, Func<GgufTensor, bool>? keep = null, Func<GgufTensor, byte[], byte[]>? write = null)
    {
        string next = _folder["next.gguf"];
        using (var file = GgufFile.Open(Gguf))
        {
            List<KeyValuePair<string, GgufValue>> entries = [.. file.Metadata];
            change(entries);
            GgufTensor[] tensors = [.. file.Tensors.Where(t => keep is null || keep(t)).Select(static t => new GgufTensor(t.Name, t.Format, t.Shape))];
            GgufWriter.Write(next, entries, tensors, (tensor, sink) =>
            {
                byte[] bytes = file.Bytes(file.Get(tensor.Name)).ToArray();
                sink(write is null ? bytes : write(tensor, bytes));
            });
        }

        File.Move(next, Gguf, overwrite: true);
    }

    // Single precision is what the format has for numbers.
    private static void AssertSame(ModelConfig expected, ModelConfig actual)
    {
        Assert.Equal(expected.Norm.Epsilon, actual.Norm.Epsilon, expected.Norm.Epsilon * 1e-6);
        Assert.Equal(expected, TinyModel.With(actual, norm: actual.Norm with { Epsilon = expected.Norm.Epsilon }));
    }

    private static void AssertSameWeights(IModelWeights expected, IModelWeights actual, ModelConfig config)
    {
        foreach (WeightRole role in Enum.GetValues<WeightRole>())
        {
            for (int layer = 0; layer <= config.Layers; layer++)
            {
                bool there = expected.TryGet(role, layer, out WeightView? before);
                Assert.Equal(there, actual.TryGet(role, layer, out WeightView? after));
                if (!there)
                {
                    continue;
                }

                Assert.Equal((before!.Rows, before.Columns), (after!.Rows, after.Columns));
                for (int row = 0; row < before.Rows; row++)
                {
                    Assert.Equal(RowValues.Of(before, row), RowValues.Of(after, row));
                }
            }
        }
    }
}
