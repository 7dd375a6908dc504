using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.Runs;

namespace Panorama.Core.Tests.Runs;

public sealed class RunRecordTests
{
    [Fact]
    public void ReturnsWhatWasWrittenAndGrowsOverRestarts()
    {
        using var folder = new TemporaryFolder();
        string path = folder[RunRecord.FileName];
        string input = folder.Write("in.txt", "abc");
        RunRecord.Start("demo", """{"train":{"steps":60,"lr":0.001}}""", new Dictionary<string, string> { ["libtorch"] = "2.10.0" }, new Dictionary<string, ulong> { ["train"] = ulong.MaxValue })
            .WithInput(input)
            .WithStage(Stage("read", true, 1.5, 100, """{"documents":7}"""))
            .WithStage(Stage("train", false, 10, 500))
            .Write(path);

        // The next start of the same run.
        RunRecord record = RunRecord.Read(path).WithStage(Stage("train", true, 5, 300, """{"val_bpb":1.25}""")).WithInput(input);
        record.Write(path);
        record = RunRecord.Read(path);

        Assert.Equal("demo", record.Verb);
        Assert.Equal(0.001, record.Recipe.GetProperty("train").GetProperty("lr").GetDouble());
        Assert.Equal("2.10.0", record.Versions["libtorch"]);
        Assert.Equal(Environment.Version.ToString(), record.Versions["dotnet"]);
        Assert.Equal(ulong.MaxValue, record.Seeds["train"]);
        Assert.Equal(["read", "train"], record.Stages.Select(s => s.Name));
        RunStage train = record.FindStage("train")!;
        Assert.Equal((true, 15, 500, 2), (train.Finished, train.WallSeconds, train.PeakMemoryBytes, train.Starts));
        Assert.Equal(1.25, train.Results!.Value.GetProperty("val_bpb").GetDouble());
        Assert.Equal((16.5, 500), (record.WallSeconds, record.PeakMemoryBytes));
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Assert.Single(record.Inputs).Sha256);
        Assert.Null(record.FindStage("none"));
    }

    [Fact]
    public void IsNamedAsOtherFilesOfARunAre()
    {
        using var folder = new TemporaryFolder();
        RunRecord.Start("demo", "{}").WithStage(Stage("read", true, 1.5, 100)).Write(folder["r"]);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["r"]));
        JsonElement root = json.RootElement;
        Assert.Equal(1, root.GetProperty("format").GetInt32());
        Assert.Equal(1.5, root.GetProperty("wall_seconds").GetDouble());
        Assert.Equal(100, root.GetProperty("stages")[0].GetProperty("peak_memory_bytes").GetInt64());
        Assert.True(root.GetProperty("hardware").GetProperty("memory_bytes").GetInt64() > 0);
    }

    [Fact]
    public void AFinishedStageRunAgainIsReplaced()
    {
        RunRecord record = RunRecord.Start("demo", "{}").WithStage(Stage("read", true, 5, 100)).WithStage(Stage("read", true, 2, 50));
        Assert.Equal((2, 50, 1), (record.WallSeconds, record.PeakMemoryBytes, record.Stages[0].Starts));
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{}", "has no format")]
    [InlineData("""{"format":2}""", "has the format 2; this version reads 1.")]
    [InlineData("""{"format":1}""", "is not a run record")]
    public void SaysWhyARecordCannotBeRead(string json, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("r", json);
        Assert.StartsWith($"{path}: {message}", Assert.Throws<InvalidFileException>(() => RunRecord.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANullWhereAValueIsNeededIsRefused()
    {
        using var folder = new TemporaryFolder();
        RunRecord.Start("demo", "{}").Write(folder["r"]);
        string json = File.ReadAllText(folder["r"]).Replace("\"demo\"", "null", StringComparison.Ordinal);
        string path = folder.Write("r", json);
        Assert.Throws<InvalidFileException>(() => RunRecord.Read(path));
    }

    private static RunStage Stage(string name, bool finished, double seconds, long peak, string? results = null) => new()
    {
        Name = name,
        Finished = finished,
        WallSeconds = seconds,
        PeakMemoryBytes = peak,
        Results = results is null ? null : JsonElement.Parse(results),
    };
}
