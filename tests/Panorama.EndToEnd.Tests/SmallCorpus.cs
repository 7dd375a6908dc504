using Panorama.EndToEnd.Tests;

[assembly: AssemblyFixture(typeof(SmallCorpus))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Panorama.EndToEnd.Tests;

/// <summary>A corpus of a few documents with its tokenizer and shard, built once by the real program.</summary>
public sealed class SmallCorpus : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder["corpus"];

    /// <summary>A model that trains a step in milliseconds.</summary>
    public string[] TinyRun(string run, int steps, params string[] more) =>
    [
        "pretrain", "--out", run, "--data.prepared", Path, "--model.hidden_size", "32", "--model.layers", "1", "--model.heads", "2",
        "--model.key_value_heads", "1", "--model.context_length", "32", "--train.batch_size", "2", "--train.steps", $"{steps}", "--train.evaluate_every", "0", "--json", .. more,
    ];

    public async ValueTask InitializeAsync()
    {
        (int code, _, string error) = await PanoramaProcess.Run("data", "build", "--max_documents", "1500", "--vocabulary_size", "500", "--out", Path, "--json");
        Assert.True(code == 0, error);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
