using Panorama.Cli.Reports;
using Panorama.Cli.Terminal;
using Panorama.Data.Rejects;

namespace Panorama.Cli.Tests.Reports;

/// <summary>A report with every kind of section, its numbers made up by a formula.</summary>
internal static class SampleReport
{
    /// <summary>Text that tries to break out of wherever it is put.</summary>
    public const string Hostile = "</pre></script><script>alert(1)</script><img src=x onerror='a'>\" onload=\"b &lt; \u0000\u001b[31m 中文 😀";

    public static ReportModel Model { get; } = new(
        "demo",
        "A small model trained on the documentation of the .NET reference packs, 8 minutes on 2 cores.",
        [
            new("bits per byte, held out", "1.02", "xz primed with the training text: 1.21"),
            new("answers, token F1", "0.41", "best constant answer: 0.22"),
            new("trained on", "2.4 M tokens", "3,600 tokens/s"),
            new("wall time", "7 min 41 s", "peak memory 1.9 GB"),
        ],
        [
            new FunnelSection("Data", "What each step kept, and why the rest went.", new Funnel(
            [
                new("read", 135_889, 24_900_000, 131_200, 24_100_000, 2.1, [new("read", "no_summary", 3_102, 1), new("read", "placeholder", 1_587, 1)]),
                new("exact_dedup", 131_200, 24_100_000, 74_310, 12_300_000, 0.4, [new("exact_dedup", "exact_duplicate", 56_890, 1)]),
                new("near_dedup", 74_310, 12_300_000, 61_022, 10_100_000, 6.2, [new("near_dedup", "near_duplicate", 13_288, 1)]),
                new("split", 61_022, 10_100_000, 57_900, 9_600_000, 0.3, [new("split", "near_held_out", 3_122, 1)]),
            ])),
            new ChartSection("Training", "Loss in nats per token; the pale line is each step, the other its moving average.", Charts()),
            new SamplesSection("Samples", "Held-out questions.",
            [
                new("What does System.Collections.BitArray.Not do?", "Inverts all the bit values in the current BitArray, so that elements set to true are changed to false.", "Inverts all bit values in the current array.", 0.61),
                new(Hostile, Hostile, Hostile, 0),
            ]),
            new TableSection("Stages", "", new TextTable("", [new("stage"), new("time", true), new("peak memory", true)], [["read", "8.2 s", "412 MB"], ["pretrain", "5 min 12 s", "1.9 GB"], [Hostile, "1 s", "1 B"]])),
            new FactsSection("Machine and versions", "", [new("Hardware", [new("cpu", "a model name"), new("cores", "2"), new("memory", "25.8 GB")]), new("Versions", [new("Panorama", "0.1.0"), new(".NET", "10.0.12"), new("TorchSharp", "0.107.0")])]),
            new TextSection("Recipe", "Every setting, defaults included.", "train:\n  steps: 1500\n  # " + Hostile),
        ]);

    private static Chart[] Charts()
    {
        var random = new Random(7);
        double[] steps = [.. Enumerable.Range(1, 1500).Select(step => (double)step)];
        double[] loss = [.. steps.Select(step => 2.1 + (6.2 * Math.Exp(-step / 140)) + (0.3 * (random.NextDouble() - 0.5)))];
        var train = new ChartSeries("train", steps, loss, SeriesStyle.Faint);
        double[] evaluations = [.. Enumerable.Range(1, 10).Select(i => i * 150.0)];
        var validation = new ChartSeries("validation", evaluations, [.. evaluations.Select(step => 2.2 + (6 * Math.Exp(-step / 150)))], SeriesStyle.Dots);
        return
        [
            new Chart("Loss", "step", "nats per token", [train, train.Smoothed("train, averaged", 50), validation], LogY: true),
            new Chart("Speed", "step", "tokens/s", [new ChartSeries("tokens/s", steps, [.. steps.Select(step => 3600 + (200 * Math.Sin(step / 90)) - (step is > 700 and < 720 ? 1500 : 0))])]),
        ];
    }
}
