using Panorama.Core.Errors;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;
using Panorama.Quantization.Quantizing;

namespace Panorama.Quantization.Tests.Quantizing;

public sealed class QuantizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(TensorFormat.F32, 0, 0)]
    [InlineData(TensorFormat.F16, 1, 0.0004)]
    [InlineData(TensorFormat.BF16, 32, 0.003)]
    [InlineData(TensorFormat.Q8_0, 7, 0.006)]
    [InlineData(TensorFormat.Q4_0, 2, 0.085)]
    [InlineData(TensorFormat.Q4_1, 3, 0.075)]
    [InlineData(TensorFormat.Q5_0, 8, 0.042)]
    [InlineData(TensorFormat.Q5_1, 9, 0.036)]
    [InlineData(TensorFormat.Q4_K, 14, 0.075)]
    [InlineData(TensorFormat.Q5_K, 16, 0.037)]
    [InlineData(TensorFormat.Q6_K, 18, 0.018)]
    public void A_file_is_written_in_the_format_asked(TensorFormat format, int fileType, double error)
    {
        WriteModel("a.gguf", 256, 64);
        QuantizationReport report = Quantizer.Run(_folder["a.gguf"], _folder["b.gguf"], new QuantizerOptions { Format = format, Threads = 2 });
        using var before = GgufFile.Open(_folder["a.gguf"]);
        using var after = GgufFile.Open(_folder["b.gguf"]);
        Assert.Equal(fileType, after.Metadata.Integer("general.file_type"));
        Assert.Equal("test", after.Metadata.Text("general.name"));
        Assert.Equal((before.Length, after.Length), (report.BytesBefore, report.Bytes));
        Assert.Equal(TensorFormat.F32, after.Get("output_norm.weight").Format);
        Assert.Equal(Values(before, "output_norm.weight"), Values(after, "output_norm.weight"));
        Assert.Equal(format, after.Get("blk.0.ffn_up.weight").Format);
        QuantizedTensor matrix = report.Tensors.Single(static t => t.Name == "blk.0.ffn_up.weight");
        Assert.InRange(matrix.RelativeError, error / 2, error);
        Assert.Equal(Distance(Values(before, matrix.Name), Values(after, matrix.Name)), matrix.RelativeError, 1e-9);
        Assert.Equal(after.Get(matrix.Name).ByteCount, matrix.Bytes);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        WriteModel("a.gguf", 256, 600);
        Quantizer.Run(_folder["a.gguf"], _folder["b.gguf"], new QuantizerOptions { Format = TensorFormat.Q4_K, Threads = 1 });
        Quantizer.Run(_folder["a.gguf"], _folder["c.gguf"], new QuantizerOptions { Format = TensorFormat.Q4_K, Threads = 3 });
        Assert.Equal(File.ReadAllBytes(_folder["b.gguf"]), File.ReadAllBytes(_folder["c.gguf"]));
    }

    [Fact]
    public void Overrides_come_before_the_rules()
    {
        WriteModel("a.gguf", 256, 64);
        var options = new QuantizerOptions
        {
            Format = TensorFormat.Q4_K,
            Overrides = [new TensorOverride("blk.*.ffn_up.*", TensorFormat.Q8_0), new TensorOverride("output.weight", TensorFormat.F16)],
        };
        Quantizer.Run(_folder["a.gguf"], _folder["b.gguf"], options);
        using var file = GgufFile.Open(_folder["b.gguf"]);
        Assert.Equal(TensorFormat.Q8_0, file.Get("blk.0.ffn_up.weight").Format);
        Assert.Equal(TensorFormat.F16, file.Get("output.weight").Format);
        Assert.Equal(TensorFormat.Q4_K, file.Get("token_embd.weight").Format);
    }

    [Fact]
    public void An_override_that_matches_nothing_or_does_not_fit_is_refused()
    {
        WriteModel("a.gguf", 96, 64);
        Assert.Contains("'ffn.*'", Refused("a.gguf", TensorFormat.Q4_0, new TensorOverride("ffn.*", TensorFormat.Q8_0)), StringComparison.Ordinal);
        Assert.Contains("96 columns", Refused("a.gguf", TensorFormat.Q4_0, new TensorOverride("output.weight", TensorFormat.Q6_K)), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_and_too_large_values_are_refused()
    {
        WriteModel("a.gguf", 256, 64, spoil: float.NaN);
        Assert.Contains("not a finite number", Refused("a.gguf", TensorFormat.Q8_0), StringComparison.Ordinal);
        WriteModel("a.gguf", 256, 64, spoil: 1e6f);
        Assert.Contains("range of F16", Refused("a.gguf", TensorFormat.F16), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["b.gguf"]));
    }

    [Fact]
    public void Input_and_output_must_differ_and_parts_of_models_are_refused()
    {
        WriteModel("a.gguf", 256, 64);
        Assert.Throws<InputException>(() => Quantizer.Run(_folder["a.gguf"], _folder["./a.gguf"], new QuantizerOptions { Format = TensorFormat.Q8_0 }));
        WriteModel("p.gguf", 256, 64, new("split.count", GgufValue.Of(3)));
        Assert.Contains("3 parts", Refused("p.gguf", TensorFormat.Q8_0), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_run_leaves_nothing()
    {
        WriteModel("a.gguf", 256, 64);
        Assert.ThrowsAny<OperationCanceledException>(() => Quantizer.Run(_folder["a.gguf"], _folder["b.gguf"], new QuantizerOptions { Format = TensorFormat.Q8_0 }, cancellation: new CancellationToken(canceled: true)));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private string Refused(string input, TensorFormat format, params TensorOverride[] overrides) =>
        Assert.ThrowsAny<InputException>(() => Quantizer.Run(_folder[input], _folder["b.gguf"], new QuantizerOptions { Format = format, Overrides = overrides })).Message;

    private void WriteModel(string name, int columns, int rows, KeyValuePair<string, GgufValue>? extra = null, float? spoil = null)
    {
        GgufTensor[] tensors =
        [
            new("token_embd.weight", TensorFormat.F16, rows, columns),
            new("blk.0.ffn_up.weight", TensorFormat.F32, rows, columns),
            new("output_norm.weight", TensorFormat.F32, columns),
            new("output.weight", TensorFormat.F32, rows, columns),
        ];
        List<KeyValuePair<string, GgufValue>> metadata = [new("general.file_type", GgufValue.Of(0u)), new("general.name", GgufValue.Of("test"))];
        if (extra is { } entry)
        {
            metadata.Add(entry);
        }

        var random = new Random(5);
        GgufWriter.Write(_folder[name], metadata, tensors, (tensor, sink) =>
        {
            float[] values = [.. Enumerable.Range(0, (int)tensor.ElementCount).Select(_ => (float)(0.02 * Enumerable.Range(0, 12).Sum(_ => random.NextDouble() - 0.5)))];
            values[^1] = tensor.Name == "output.weight" ? spoil ?? values[^1] : values[^1];
            byte[] bytes = new byte[tensor.ByteCount];
            BlockCodec.Quantize(tensor.Format, values, bytes);
            sink(bytes);
        });
    }

    private static float[] Values(GgufFile file, string name)
    {
        GgufTensor tensor = file.Get(name);
        float[] values = new float[tensor.ElementCount];
        BlockCodec.Dequantize(tensor.Format, file.Bytes(tensor), values);
        return values;
    }

    private static double Distance(float[] before, float[] after) =>
        Math.Sqrt(before.Zip(after, static (b, a) => Math.Pow((double)b - a, 2)).Sum() / before.Sum(static b => (double)b * b));
}
