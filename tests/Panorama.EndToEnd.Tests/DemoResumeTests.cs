using System.Diagnostics;
using System.Text.Json;

namespace Panorama.EndToEnd.Tests;

/// <summary>A demo killed again and again goes on where it was, with what was done kept as it is.</summary>
public sealed class DemoResumeTests
{
    private static readonly string[] Stages = ["read", "clean", "tokenizer", "tokenize", "plan", "pretrain", "finetune", "evaluate", "report"];

    [Fact]
    public async Task KilledBetweenAndInsideStagesItEndsWithAllOfThem()
    {
        using var folder = new TemporaryFolder();
        string input = OwnFiles.Write(folder["input"]);
        string run = folder["demo"];
        string[] command = ["demo", "--minutes", "0.5", "--input", input, "--out", run, "--json"];

        await KillWhen(command, () => File.Exists(Path.Combine(run, "corpus", "rejects.jsonl"))); // inside read
        await KillWhen(command, () => Done(run).ContainsKey("clean")); // between stages
        await KillWhen(command, () => Done(run).ContainsKey("plan"));
        await KillWhen(command, () => Lines(run, "pretrain") > 4); // inside, perhaps before the first checkpoint
        await KillWhen(command, () => Directory.Exists(Path.Combine(run, "pretrain", "checkpoints")) && Lines(run, "pretrain") > 8);
        await KillWhen(command, () => Done(run).ContainsKey("pretrain"));
        await KillWhen(command, () => Lines(run, "finetune") > 2);
        Dictionary<string, string> before = Done(run);
        Assert.Contains("pretrain", before.Keys);
        Assert.DoesNotContain("finetune", before.Keys);

        (int code, string output, string error) = await PanoramaProcess.Run(command);
        Assert.True(code == 0, error);
        using var result = JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal(Stages, result.RootElement.GetProperty("stages").EnumerateObject().Select(p => p.Name));
        Dictionary<string, string> after = Done(run);
        Assert.Equal(Stages.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(before, stage => Assert.Equal(stage.Value, after[stage.Key]));
        Assert.Empty(Directory.GetFileSystemEntries(run, ".panorama-tmp-*", SearchOption.AllDirectories));
        Assert.InRange(result.RootElement.GetProperty("val_bpb").GetDouble(), 0.1, 8);

        await ChangedInputIsNoticed(command, input, output);
    }

    private static async Task ChangedInputIsNoticed(string[] command, string input, string output)
    {
        string file = Path.Combine(input, "7.txt");
        string text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text + "more");
        (int code, _, string error) = await PanoramaProcess.Run(command);
        Assert.Equal(2, code);
        Assert.Contains($"{input} has changed since", error, StringComparison.Ordinal);
        Assert.Contains("--fresh", error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, text);
        (code, string again, error) = await PanoramaProcess.Run(command);
        Assert.True(code == 0, error);
        Assert.Equal(output.TrimEnd('\n').Split('\n')[^1], again.TrimEnd('\n').Split('\n')[^1]);
    }

    private static async Task KillWhen(string[] command, Func<bool> reached)
    {
        using Process process = Process.Start(PanoramaProcess.Start(command))!;
        while (!reached() && !process.WaitForExit(1))
        {
        }

        Assert.False(process.HasExited, "the demo ended before the moment to kill it");
        process.Kill();
        await process.WaitForExitAsync();
    }

    // What run.json keeps of the stages that are done.
    private static Dictionary<string, string> Done(string run)
    {
        string path = Path.Combine(run, "run.json");
        if (!File.Exists(path))
        {
            return [];
        }

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.GetProperty("stages").EnumerateArray()
            .Where(stage => stage.GetProperty("finished").GetBoolean())
            .ToDictionary(stage => stage.GetProperty("name").GetString()!, stage => stage.GetRawText(), StringComparer.Ordinal);
    }

    private static int Lines(string run, string stage)
    {
        string path = Path.Combine(run, stage, "metrics.jsonl");
        if (!File.Exists(path))
        {
            return 0;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Count(c => c == '\n');
    }
}
