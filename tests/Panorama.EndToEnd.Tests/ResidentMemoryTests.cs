using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Panorama.EndToEnd.Tests;

/// <summary>Resident memory of a real training process, read from the metrics it writes: flat after the first fifty steps.</summary>
public sealed class ResidentMemoryTests(SmallCorpus corpus)
{
    private const int Settled = 50;

    [Fact]
    public Task AThousandStepsLeaveItWithinTwoPercent() => Flat(1050);

    [Fact(Explicit = true)]
    [Trait("Category", "Soak")]
    public Task TenThousandStepsLeaveItWithinTwoPercent() => Flat(10_050);

    // Every 25 steps: what a first checkpoint takes is taken before the counting begins.
    private async Task Flat(int steps)
    {
        using var folder = new TemporaryFolder();
        ProcessStartInfo start = PanoramaProcess.Start(corpus.TinyRun(folder["run"], steps, "--checkpoint.every", "25"));

        // By default the runtime compiles hot methods again for some seconds. That is over before 50 steps of a model of use,
        // but not before 50 steps of milliseconds, and it is not what is measured here.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        (int code, _, string error) = await PanoramaProcess.Run(start);
        Assert.True(code == 0, error);
        double[] resident = [.. File.ReadLines(Path.Combine(folder["run"], "metrics.jsonl")).Skip(Settled).Select(Resident)];
        Assert.Equal(steps - Settled, resident.Length);
        double least = resident.Min(), most = resident.Max(), spread = (most - least) / (most + least);
        string seen = string.Create(CultureInfo.InvariantCulture, $"{resident.Length} steps: first {resident[0]:f4}, least {least:f4}, most {most:f4}, last {resident[^1]:f4} GiB: ± {spread:p2}");
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        Assert.True(spread <= 0.02, seen);
    }

    private static double Resident(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("memory/resident(GiB)").GetDouble();
    }
}
