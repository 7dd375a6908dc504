using System.Globalization;
using System.Text.Json;

namespace Panorama.EndToEnd.Tests;

/// <summary>Resident memory of a real training process, read from the metrics it writes: flat once it has settled.</summary>
public sealed class ResidentMemoryTests(SmallCorpus corpus)
{
    private const int Settled = 50;

    [Fact]
    public Task AThousandStepsLeaveItWithinTwoPercent() => Flat(1050);

    [Fact(Explicit = true)]
    [Trait("Category", "Soak")]
    public Task TenThousandStepsLeaveItWithinTwoPercent() => Flat(10_050);

    private async Task Flat(int steps)
    {
        using var folder = new TemporaryFolder();
        (int code, _, string error) = await PanoramaProcess.Run(corpus.TinyRun(folder["run"], steps, "--checkpoint.every", "200"));
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
