using System.Text.Json;
using Panorama.Cli.Hosting;
using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;

namespace Panorama.Cli.Tests.Hosting;

public sealed class ConvertVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panorama-convert-").FullName;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task A_file_becomes_a_folder_and_a_file_again()
    {
        string model = WriteModel(TensorFormat.Q8_0), folder = Path.Combine(_folder, "model"), again = Path.Combine(_folder, "again.gguf");
        Assert.Equal(0, await Run("--model", model, "--to", "safetensors", "--out", folder, "--json"));
        JsonElement result = JsonDocument.Parse(_out.ToString()).RootElement;
        Assert.Equal(("Llama", "safetensors", "f32"), (result.GetProperty("family").GetString(), result.GetProperty("kind").GetString(), result.GetProperty("dtype").GetString()));
        Assert.All((string[])["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json", "model.safetensors"], name => Assert.True(File.Exists(Path.Combine(folder, name)), name));
        Assert.Equal(0, await Run("--model", folder, "--to", "gguf", "--dtype", "bf16", "--out", again));
        Assert.True(new FileInfo(again).Length > result.GetProperty("bytes").GetInt64() / 2);
    }

    [Theory]
    [InlineData("--to onnx --out OUT", "--to is 'onnx'; allowed: gguf, safetensors.")]
    [InlineData("--to gguf --dtype q4_k --out OUT", "--dtype is 'q4_k'; allowed: f32, f16, bf16. For fewer bits run 'panorama quantize'")]
    [InlineData("--to gguf --out MODEL", "exists already")]
    [InlineData("--to gguf", "--out")]
    public async Task Wrong_input_is_one_message_and_exit_code_2(string args, string expected)
    {
        string model = WriteModel(TensorFormat.F16), target = Path.Combine(_folder, "x");
        Assert.Equal(2, await Run(["--model", model, .. args.Replace("OUT", target, StringComparison.Ordinal).Replace("MODEL", model, StringComparison.Ordinal).Split(' ')]));
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public async Task What_is_no_model_is_named()
    {
        Assert.Equal(2, await Run("--model", Path.Combine(_folder, "none"), "--to", "gguf", "--out", Path.Combine(_folder, "x")));
        Assert.Contains("does not exist", _error.ToString(), StringComparison.Ordinal);
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

    private Task<int> Run(params string[] args) => CommandLineApp.RunAsync(["convert", .. args], new StandardStreams(_out, _error, OutIsTerminal: false, ErrorIsTerminal: false));
}
