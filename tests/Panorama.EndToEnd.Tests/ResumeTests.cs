using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Panorama.EndToEnd.Tests;

/// <summary>A run that is interrupted, by itself or by kill −9, ends with the same bits as one that is not.</summary>
public sealed class ResumeTests(SmallCorpus corpus)
{
    [Fact]
    public async Task StoppingAndGoingOnChangesNothing()
    {
        using var folder = new TemporaryFolder();
        await Finish(folder["whole"], 60);
        await Finish(folder["parts"], 60, "--train.stop_at", "30");
        Assert.Equal(30, Losses(folder["parts"]).Length);
        await Finish(folder["parts"], 60);
        Assert.Equal(Losses(folder["whole"]), Losses(folder["parts"]));
        Assert.Equal(WeightsHash(folder["whole"]), WeightsHash(folder["parts"]));
    }

    [Fact]
    public Task KilledAnywhereItGoesOnToTheSameWeights() => KillAndFinish(kills: 6, seed: 1);

    [Fact(Explicit = true)]
    [Trait("Category", "Soak")]
    public Task KilledAHundredTimesItGoesOnToTheSameWeights() => KillAndFinish(kills: 100, seed: 2);

    [Fact]
    public async Task SigtermSavesAndEndsWith130()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        using Process process = Process.Start(PanoramaProcess.Start(corpus.TinyRun(run, 100_000, "--checkpoint.every", "0")))!;
        LinesAtLeast(run, 5, process);
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("Run the same command again", error, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints")));
    }

    // Every step is saved, so that every kill falls on or beside a save.
    private async Task KillAndFinish(int kills, int seed)
    {
        int steps = 10 + (kills * 3);
        using var folder = new TemporaryFolder();
        await Finish(folder["whole"], steps, "--checkpoint.every", "1");
        var random = new Random(seed);
        string run = folder["killed"];
        for (int i = 0; i < kills; i++)
        {
            int before = Directory.Exists(run) ? Losses(run).Length : 0;
            using Process process = Process.Start(PanoramaProcess.Start(corpus.TinyRun(run, steps, "--checkpoint.every", "1")))!;
            LinesAtLeast(run, before + 1 + random.Next(2), process);
            process.WaitForExit(random.Next(25));
            process.Kill();
            await process.WaitForExitAsync();
        }

        await Finish(run, steps, "--checkpoint.every", "1");
        Assert.True(Losses(folder["whole"]).SequenceEqual(Losses(run)), $"losses differ (seed {seed})");
        Assert.Equal(WeightsHash(folder["whole"]), WeightsHash(run));
    }

    private async Task Finish(string run, int steps, params string[] more)
    {
        (int code, _, string error) = await PanoramaProcess.Run(corpus.TinyRun(run, steps, more));
        Assert.True(code == 0, error);
    }

    private static void LinesAtLeast(string run, int lines, Process process)
    {
        while (Losses(run).Length < lines && !process.WaitForExit(2))
        {
        }
    }

    private static double[] Losses(string run)
    {
        string path = Path.Combine(run, "metrics.jsonl");
        if (!File.Exists(path))
        {
            return [];
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        string text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss_metrics/global_avg_loss").GetDouble())];
    }

    private static string WeightsHash(string run) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "model", "model.safetensors"))));
}
