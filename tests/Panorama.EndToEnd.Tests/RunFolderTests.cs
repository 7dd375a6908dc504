using System.Diagnostics;

namespace Panorama.EndToEnd.Tests;

/// <summary>A run's folder belongs to one process at a time, and starting over removes the run alone.</summary>
public sealed class RunFolderTests(SmallCorpus corpus)
{
    [Fact]
    public async Task ASecondProcessIsRefusedUntilTheFirstIsGone()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        using Process first = Process.Start(PanoramaProcess.Start(corpus.TinyRun(run, 100_000, "--checkpoint.every", "0")))!;
        string metrics = Path.Combine(run, "metrics.jsonl");
        while (!File.Exists(metrics) && !first.WaitForExit(2))
        {
        }

        (int code, _, string error) = await PanoramaProcess.Run(corpus.TinyRun(run, 100_000));
        Assert.Equal(2, code);
        Assert.Contains($"{run} is in use by another panorama process", error, StringComparison.Ordinal);
        Assert.False(first.HasExited);

        first.Kill();
        await first.WaitForExitAsync();
        (code, _, error) = await PanoramaProcess.Run(corpus.TinyRun(run, 100_000, "--train.stop_at", "2"));
        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task FreshRemovesTheRunAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        await Expect(0, "", corpus.TinyRun(run, 2));
        await File.WriteAllTextAsync(Path.Combine(run, "notes.txt"), "mine");
        string[] other = corpus.TinyRun(run, 2, "--train.seed", "7");
        await Expect(2, "--fresh", other);
        await Expect(0, "", [.. other, "--fresh"]);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(run, "notes.txt")));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Length);
    }

    [Fact]
    public async Task FreshRefusesAFolderThatIsNoRunAndOneItReads()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(Directory.CreateDirectory(folder["photos"]).FullName, "model");
        await File.WriteAllTextAsync(file, "precious");
        await Expect(2, "holds no run of 'panorama pretrain'", corpus.TinyRun(folder["photos"], 2, "--fresh"));
        Assert.True(File.Exists(file));

        await Expect(0, "", corpus.TinyRun(folder["run"], 1));
        string tokenizer = Path.Combine(folder["run"], "model", "tokenizer.json");
        await Expect(2, "which this run reads", corpus.TinyRun(folder["run"], 1, "--data.tokenizer", tokenizer, "--fresh"));
        Assert.True(File.Exists(tokenizer));
    }

    [Fact]
    public async Task FreshFindsItsInputsBeforeItRemovesTheRun()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        await Expect(0, "", corpus.TinyRun(run, 1));
        string weights = Path.Combine(run, "model", "model.safetensors"), record = Path.Combine(run, "run.json");
        await Expect(2, "does not exist", corpus.TinyRun(run, 1, "--data.tokenizer", folder["misspelt"], "--fresh"));
        Assert.True(File.Exists(weights) && File.Exists(record));
        Directory.CreateSymbolicLink(folder["link"], run);
        await Expect(2, "which this run reads", corpus.TinyRun(run, 1, "--data.tokenizer", Path.Combine(folder["link"], "model", "tokenizer.json"), "--fresh"));
        Assert.True(File.Exists(weights));
    }

    private static async Task Expect(int exitCode, string message, params string[] command)
    {
        (int code, _, string error) = await PanoramaProcess.Run(command);
        Assert.True(code == exitCode, error);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }
}
