using System.Text.Json;
using Panorama.Core.IO;

namespace Panorama.EndToEnd.Tests;

/// <summary>A disk that fills up: exit code 1, one clear message, nothing lost, and the same command goes on once there is space.</summary>
public sealed class NoSpaceTests(SmallCorpus corpus)
{
    [Fact]
    public async Task ACheckpointThatDoesNotFitLeavesTheEarlierOnesAndTheRunGoesOn()
    {
        using var folder = new TemporaryFolder();
        string[] every = ["--checkpoint.every", "10", "--checkpoint.keep", "9"];
        (int code, _, string error) = await PanoramaProcess.Run(corpus.TinyRun(folder["whole"], 60, every));
        Assert.True(code == 0, error);
        (SmallDisk.Start full, SmallDisk.Start grown) = await SmallDisk.RunTwice(folder, "1500k", corpus.TinyRun(SmallDisk.Disk(folder), 60, every));

        AssertOutOfSpace(full, "checkpoints");
        string[] checkpoints = Directory.GetDirectories(Path.Combine(full.Files, "checkpoints"));
        Assert.InRange(checkpoints.Length, 1, 5);
        Assert.All(checkpoints, checkpoint => Assert.Empty(HashedManifest.Verify(checkpoint)));
        AssertFinished(grown);
        Assert.Equal(File.ReadAllBytes(Weights(folder["whole"])), File.ReadAllBytes(Weights(grown.Files)));
    }

    [Fact]
    public async Task MetricsThatDoNotFitEndTheRunWithTheirOwnMessage()
    {
        using var folder = new TemporaryFolder();
        string[] command = corpus.TinyRun(SmallDisk.Disk(folder), 400, "--checkpoint.every", "0");
        (SmallDisk.Start full, SmallDisk.Start grown) = await SmallDisk.RunTwice(folder, "64k", command);
        AssertOutOfSpace(full, "metrics.jsonl", "tensorboard");
        string metrics = File.ReadAllText(Path.Combine(full.Files, "metrics.jsonl"));
        Assert.EndsWith("}\n", metrics, StringComparison.Ordinal);
        AssertFinished(grown);
        Assert.Equal(400, File.ReadAllLines(Path.Combine(grown.Files, "metrics.jsonl")).Length);
    }

    [Theory]
    [InlineData("16k")] // the rejects
    [InlineData("400k")] // the documents
    [InlineData("900k")] // the tokens, or the documents still
    public async Task ACorpusThatDoesNotFitIsBuiltOnceThereIsSpace(string size)
    {
        using var folder = new TemporaryFolder();
        (SmallDisk.Start full, SmallDisk.Start grown) = await SmallDisk.RunTwice(
            folder, size, "data", "build", "--max_documents", "4000", "--vocabulary_size", "500", "--out", SmallDisk.Disk(folder), "--json");
        AssertOutOfSpace(full, SmallDisk.Disk(folder));
        Assert.False(File.Exists(Path.Combine(full.Files, "train.idx")));
        AssertFinished(grown);
        Assert.True(File.Exists(Path.Combine(grown.Files, "train.idx")));
    }

    private static void AssertOutOfSpace(SmallDisk.Start start, params string[] oneOf)
    {
        Assert.Equal(1, start.Code);
        string message = Assert.Single(start.Error.Split('\n'), line => line.StartsWith("panorama: ", StringComparison.Ordinal));
        Assert.Contains("no space left on the disk", message, StringComparison.Ordinal);
        Assert.Contains("run the same command again", message, StringComparison.Ordinal);
        Assert.Contains(oneOf, place => message.Contains(place, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", start.Error, StringComparison.Ordinal);
    }

    private static void AssertFinished(SmallDisk.Start start)
    {
        Assert.True(start.Code == 0, start.Error);
        Assert.Empty(Directory.GetFileSystemEntries(start.Files, ".panorama-tmp-*", SearchOption.AllDirectories));
        string run = Path.Combine(start.Files, "run.json");
        if (File.Exists(run))
        {
            using var json = JsonDocument.Parse(File.ReadAllText(run));
            Assert.True(json.RootElement.GetProperty("stages").EnumerateArray().All(stage => stage.GetProperty("finished").GetBoolean()));
        }
    }

    private static string Weights(string run) => Path.Combine(run, "model", "model.safetensors");
}
