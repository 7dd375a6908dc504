using System.Text.Json;
using Panorama.Quantization.Benchmarks;
using Panorama.Quantization.Formats;

namespace Panorama.Server.Tests;

public sealed class OnceCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panorama-server-").FullName;

    [Fact]
    public void A_model_goes_on_with_a_text()
    {
        string model = Path.Combine(_folder, "tiny.gguf");
        RandomModel.Write(model, new RandomModelShape { Name = "tiny", Layers = 1, Hidden = 256, FeedForward = 256, Heads = 4, KeyValueHeads = 2, Vocabulary = 400, Context = 64 }, TensorFormat.Q4_K, seed: 3);
        (int code, string output, _) = Run("--model", model, "--once", "hello", "--max-tokens", "5", "--threads", "1", "--json");
        Assert.Equal(0, code);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.InRange(result.RootElement.GetProperty("tokens").GetInt32(), 1, 5);
        Assert.True(result.RootElement.GetProperty("first_token_ms").GetDouble() > 0);

        // Greedy: the same again, and as plain text.
        (_, string plain, _) = Run("--model", model, "--once", "hello", "--max-tokens", "5", "--threads", "2");
        Assert.Equal(result.RootElement.GetProperty("text").GetString(), plain.TrimEnd('\r', '\n'));
    }

    [Fact]
    public void Wrong_input_ends_with_2_and_one_message()
    {
        (int code, _, string error) = Run("--model", Path.Combine(_folder, "none.gguf"), "--once", "hello");
        Assert.Equal(2, code);
        Assert.Contains("none.gguf does not exist", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = OnceCommand.Create(output, error).Parse(args).Invoke();
        return (code, output.ToString(), error.ToString());
    }
}
