using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;
using Panorama.Inference.Engine;
using Panorama.Inference.Families;
using Panorama.Inference.Model;
using Panorama.Inference.Tests.Families;

namespace Panorama.Inference.Tests.Adapters;

public sealed class RuntimeAdapterTests : IDisposable
{
    private const int Rank = 3;
    private static readonly int[] Text = [1, 5, 9, 40, 2, 7, 7, 30, 11, 3, 21];
    private static readonly int[] Blocks = [0, 1];

    private readonly TemporaryFolder _base = new();
    private readonly TemporaryFolder _merged = new();
    private readonly TemporaryFolder _adapter = new();
    private readonly TinyModel _tiny = TinyModel.All["llama-tied"];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void An_adapter_gives_what_the_merged_model_gives(bool dora, bool rsLora) =>
        Compare(new LoraConfig { Rank = Rank, Alpha = 6, UseDora = dora, UseRsLora = rsLora, TrainableTokens = new Dictionary<string, IReadOnlyList<int>> { ["embed_tokens"] = [9, 30] } });

    [Fact]
    public void A_saved_embedding_serves_tokens_and_logits() =>
        Compare(new LoraConfig { Rank = Rank, ModulesToSave = ["embed_tokens"], EnsureWeightTying = true });

    private void Compare(LoraConfig config)
    {
        WriteModels(config);
        using ModelFiles files = ModelFiles.Open(_base.Path);
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 2 });
        using ModelFiles mergedFiles = ModelFiles.Open(_merged.Path);
        using var merged = new TransformerRunner(mergedFiles, new RunnerOptions { Threads = 1 });
        float[] plain = Last(runner, -1);
        int adapter = runner.AddAdapter(_adapter.Path);
        float[] expected = Last(merged, -1), got = Last(runner, adapter);
        double size = Math.Sqrt(expected.Average(v => (double)v * v));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], got[i], 1e-4 * size);
        }

        Assert.Equal(plain, Last(runner, -1)); // the weights are as they were
        Assert.NotEqual(plain, got);
    }

    [Fact]
    public void Sequences_with_and_without_an_adapter_share_a_step()
    {
        WriteModels(new LoraConfig { Rank = Rank, TargetModules = ["q_proj", "down_proj"] });
        using ModelFiles files = ModelFiles.Open(_base.Path);
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 2, CacheTokens = 48 });
        int adapter = runner.AddAdapter(_adapter.Path);
        float[] plain = Last(runner, -1), adapted = Last(runner, adapter);
        runner.Run([Step(adapter, 0), Step(-1, 1), Step(adapter, 0) with { Tokens = Text.AsMemory(0, 2), Blocks = new[] { 2 }, LogitRows = 0 }]);
        Assert.Equal(adapted, runner.Logits(0).ToArray());
        Assert.Equal(plain, runner.Logits(1).ToArray());
    }

    [Fact]
    public void What_cannot_be_applied_is_named()
    {
        WriteModels(new LoraConfig { Rank = Rank });
        using ModelFiles files = ModelFiles.Open(_base.Path);
        using var runner = new TransformerRunner(files, new RunnerOptions { Threads = 1 });
        Assert.Contains("adapter_config.json", Assert.Throws<InputException>(() => runner.AddAdapter(_merged.Path)).Message);
        Assert.Contains("does not exist", Assert.Throws<InputException>(() => runner.AddAdapter(Path.Combine(_merged.Path, "none"))).Message);
        PeftConfig.Write(Path.Combine(_adapter.Path, PeftConfig.FileName), new LoraConfig { Rank = Rank + 1 });
        Assert.Contains("lora_A.weight", Assert.Throws<InvalidFileException>(() => runner.AddAdapter(_adapter.Path)).Message);
        PeftConfig.Write(Path.Combine(_adapter.Path, PeftConfig.FileName), new LoraConfig { Rank = Rank, ModulesToSave = ["input_layernorm"] });
        Assert.Contains("panorama merge", Assert.Throws<InvalidFileException>(() => runner.AddAdapter(_adapter.Path)).Message);
        PeftConfig.Write(Path.Combine(_adapter.Path, PeftConfig.FileName), new LoraConfig { Rank = Rank, TargetModules = ["q_proj"] });
        Assert.Contains("belongs to no projection", Assert.Throws<InvalidFileException>(() => runner.AddAdapter(_adapter.Path)).Message);
    }

    public void Dispose()
    {
        _base.Dispose();
        _merged.Dispose();
        _adapter.Dispose();
    }

    private static SequenceStep Step(int adapter, int block) => new() { Tokens = Text, Start = 0, Blocks = new[] { block }, LogitRows = 1, Adapter = adapter };

    private static float[] Last(TransformerRunner runner, int adapter)
    {
        runner.Run([new SequenceStep { Tokens = Text, Start = 0, Blocks = Blocks, LogitRows = 1, Adapter = adapter }]);
        return runner.Logits(0).ToArray();
    }

    private static float[] Random(string name, int count) => [.. TinyModel.Values(name, count).Select(v => v * 0.3f)];

    private static void Write(string folder, string file, IEnumerable<(string Name, long[] Shape, float[] Values)> tensors)
    {
        (string Name, long[] Shape, float[] Values)[] all = [.. tensors];
        using SafetensorsWriter writer = SafetensorsWriter.Create(Path.Combine(folder, file), [.. all.Select(t => new TensorInfo(t.Name, DType.F32, t.Shape))]);
        foreach ((string name, _, float[] values) in all)
        {
            byte[] bytes = new byte[values.Length * sizeof(float)];
            SingleConversion.FromSingle(DType.F32, values, bytes);
            writer.Append(name, bytes);
        }

        writer.Complete();
    }

    // The base, an adapter, and the base with the adapter worked into its weights by the formulas.
    private void WriteModels(LoraConfig config)
    {
        _tiny.Write(_base.Path);
        File.Copy(Path.Combine(_base.Path, HuggingFaceConfig.FileName), Path.Combine(_merged.Path, HuggingFaceConfig.FileName), overwrite: true);
        PeftConfig.Write(Path.Combine(_adapter.Path, PeftConfig.FileName), config);
        List<(string, long[], float[])> adapter = [], merged = [];
        foreach ((string name, long[] shape) in _tiny.Tensors)
        {
            float[] values = TinyModel.Values(name, shape.Aggregate(1L, static (a, b) => a * b));
            string module = name[..^".weight".Length];
            if (name.Contains("_proj", StringComparison.Ordinal) && config.Targets(module[(module.LastIndexOf('.') + 1)..]))
            {
                Adapt(config, module, (int)shape[0], (int)shape[1], values, adapter);
            }
            else if (name.Contains("embed_tokens", StringComparison.Ordinal) && config.TrainableTokens.TryGetValue("embed_tokens", out IReadOnlyList<int>? tokens))
            {
                int width = (int)shape[1];
                float[] rows = Random("rows", tokens.Count * width);
                adapter.Add(($"base_model.model.{module}.token_adapter.trainable_tokens_delta", [tokens.Count, width], rows));
                for (int i = 0; i < tokens.Count; i++)
                {
                    Array.Copy(rows, i * width, values, tokens[i] * width, width);
                }
            }

            else if (name.Contains("embed_tokens", StringComparison.Ordinal) && config.ModulesToSave.Count > 0)
            {
                values = Random("saved", values.Length);
                adapter.Add(($"base_model.model.{name}", shape, values));
            }

            merged.Add((name, shape, values));
        }

        Write(_adapter.Path, "adapter_model.safetensors", adapter);
        Write(_merged.Path, "model.safetensors", merged);
    }

    private static void Adapt(LoraConfig config, string module, int outputs, int inputs, float[] weight, List<(string, long[], float[])> adapter)
    {
        float[] down = Random(module + "A", Rank * inputs), up = Random(module + "B", outputs * Rank), lengths = [.. Random(module + "m", outputs).Select(v => 1 + Math.Abs(v))];
        adapter.Add(($"base_model.model.{module}.lora_A.weight", [Rank, inputs], down));
        adapter.Add(($"base_model.model.{module}.lora_B.weight", [outputs, Rank], up));
        if (config.UseDora)
        {
            adapter.Add(($"base_model.model.{module}.lora_magnitude_vector", [outputs], lengths));
        }

        for (int o = 0; o < outputs; o++)
        {
            double[] row = [.. Enumerable.Range(0, inputs).Select(i => weight[(o * inputs) + i] + (config.Scale * Enumerable.Range(0, Rank).Sum(r => (double)up[(o * Rank) + r] * down[(r * inputs) + i])))];
            double factor = config.UseDora ? lengths[o] / Math.Sqrt(row.Sum(v => v * v)) : 1;
            for (int i = 0; i < inputs; i++)
            {
                weight[(o * inputs) + i] = (float)(row[i] * factor);
            }
        }
    }
}
