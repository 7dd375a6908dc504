using System.Text.Json;
using Panorama.Cli.Hosting;
using Panorama.Core;
using Panorama.Inference.Families;
using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Cli.Tests.Hosting;

public sealed class QuantizeVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panorama-quantize-").FullName;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task It_writes_a_smaller_file_and_says_what_is_lost()
    {
        string model = WriteModel(TensorFormat.F16), target = Path.Combine(_folder, "q.gguf");
        Assert.Equal(0, await Run("--model", model, "--format", "q4_k", "--tensor", "blk.*.attn_v.weight=Q8_0", "--out", target, "--json"));
        JsonElement result = JsonDocument.Parse(_out.ToString()).RootElement;
        Assert.Equal(new FileInfo(model).Length, result.GetProperty("bytes_before").GetInt64());
        Assert.Equal(new FileInfo(target).Length, result.GetProperty("bytes").GetInt64());
        JsonElement formats = result.GetProperty("formats");
        Assert.InRange(formats.GetProperty("q4_k").GetProperty("relative_error").GetDouble(), 0.05, 0.08);
        Assert.Equal(1, formats.GetProperty("q8_0").GetProperty("tensors").GetInt32());
        Assert.Equal(0, formats.GetProperty("f32").GetProperty("relative_error").GetDouble());
        Assert.Equal(12, result.GetProperty("tensors").GetArrayLength());
        Assert.DoesNotContain("quantized already", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quantized_input_is_warned_about()
    {
        string model = WriteModel(TensorFormat.Q8_0);
        Assert.Equal(0, await Run("--model", model, "--format", "q4_0", "--out", Path.Combine(_folder, "q.gguf")));
        Assert.Contains("quantized already", _out.ToString() + _error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_folder_is_read_as_well()
    {
        string model = WriteModel(TensorFormat.F16), folder = Path.Combine(_folder, "folder"), direct = Path.Combine(_folder, "d.gguf"), target = Path.Combine(_folder, "q.gguf");
        using (var files = ModelFiles.Open(model))
        {
            FolderExport.Write(files, folder, DType.F16);
        }

        Assert.Equal(0, await Run("--model", folder, "--format", "q8_0", "--out", target));
        Assert.Equal(0, await Run("--model", model, "--format", "q8_0", "--out", direct));
        using var ours = GgufFile.Open(target);
        using var same = GgufFile.Open(direct);
        Assert.Equal(same.Bytes(same.Get("blk.0.ffn_down.weight")), ours.Bytes(ours.Get("blk.0.ffn_down.weight")));
        Assert.Equal(400, ours.Metadata.Strings("tokenizer.ggml.tokens").Count);
        Assert.Equal(["d.gguf", "model.gguf", "q.gguf"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_refused()
    {
        Assert.Equal(2, await Run("--model", Path.Combine(_folder, "none"), "--format", "q8_0", "--out", Path.Combine(_folder, "q.gguf")));
        Assert.Contains("none", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("--format q3_k --out x.gguf", "format is 'q3_k'; allowed: f32, f16")]
    [InlineData("--format 8 --out x.gguf", "format is '8'")]
    [InlineData("--format q8_0 --tensor output.weight --out x.gguf", "--tensor is 'output.weight'; allowed: NAME=FORMAT")]
    [InlineData("--format q8_0 --tensor none=q8_0 --out x.gguf", "has no tensor that matches 'none'")]
    [InlineData("--format q8_0 --threads -1 --out x.gguf", "--threads is -1")]
    [InlineData("--format q8_0", "--out")]
    public async Task Wrong_input_is_one_message_and_exit_code_2(string args, string expected)
    {
        string model = WriteModel(TensorFormat.F16);
        Assert.Equal(2, await Run(["--model", model, .. args.Replace("x.gguf", Path.Combine(_folder, "x.gguf"), StringComparison.Ordinal).Split(' ')]));
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "x.gguf")));
    }

    [Fact]
    public async Task A_file_that_is_no_gguf_is_refused()
    {
        string file = Path.Combine(_folder, "a.gguf");
        await File.WriteAllTextAsync(file, "not a model");
        Assert.Equal(2, await Run("--model", file, "--format", "q8_0", "--out", Path.Combine(_folder, "q.gguf")));
        Assert.Contains("does not start with 'GGUF'", _error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string WriteModel(TensorFormat format)
    {
        string path = Path.Combine(_folder, "model.gguf");
        RandomModel.Write(path, new RandomModelShape { Name = "tiny", Layers = 1, Hidden = 256, FeedForward = 256, Heads = 4, KeyValueHeads = 4, Vocabulary = 400, Context = 64 }, format, seed: 1);
        return path;
    }

    private Task<int> Run(params string[] args) => CommandLineApp.RunAsync(["quantize", .. args], new StandardStreams(_out, _error, OutIsTerminal: false, ErrorIsTerminal: false));
}
