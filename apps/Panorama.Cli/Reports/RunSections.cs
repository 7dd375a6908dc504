using System.Text.Json;
using System.Text.Json.Nodes;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.IO;
using Panorama.Core.Runs;

namespace Panorama.Cli.Reports;

/// <summary>Parts that the reports of all runs share.</summary>
internal static class RunSections
{
    /// <summary>Name of the training loss in metrics.jsonl.</summary>
    public const string Loss = "loss_metrics/global_avg_loss";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes a run's report.html.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="model">What it shows.</param>
    /// <returns>Its path.</returns>
    public static string Write(RunFolder folder, ReportModel model)
    {
        string path = folder.File("report.html");
        AtomicFile.WriteAllText(path, ReportHtml.Render(model));
        return path;
    }

    /// <summary>A metric over the steps.</summary>
    /// <param name="name">For the legend.</param>
    /// <param name="file">The metrics.jsonl.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="style">How it is drawn.</param>
    public static ChartSeries Series(string name, string file, string metric, SeriesStyle style)
    {
        (long Step, double Value)[] points = [.. MetricsReader.ReadSeries(file, metric)];
        return new ChartSeries(name, [.. points.Select(p => (double)p.Step)], [.. points.Select(p => p.Value)], style);
    }

    /// <summary>Loss and speed of a training, raw and smoothed.</summary>
    /// <param name="title">What was trained.</param>
    /// <param name="folder">Folder of its metrics.jsonl.</param>
    public static Chart[] Training(string title, string folder)
    {
        string metrics = Path.Combine(folder, MetricsWriter.FileName);
        ChartSeries loss = Series("loss", metrics, Loss, SeriesStyle.Faint);
        ChartSeries speed = Series("tokens per second", metrics, "throughput(tps)", SeriesStyle.Faint);
        int span = Math.Max(5, loss.X.Count / 40);
        return
        [
            new($"{title}: loss", "step", "nats per token", [loss, loss.Smoothed("smoothed", span)]),
            new($"{title}: speed", "step", "tokens per second", [speed, speed.Smoothed("smoothed", span)]),
        ];
    }

    /// <summary>Wall time and memory of the stages.</summary>
    /// <param name="record">The run.</param>
    public static TableSection Stages(RunRecord record) => new("Stages", "Wall time, and the most memory resident up to the stage's end.", new TextTable(
        "Stages",
        [new("Stage"), new("Time", Right: true), new("Peak memory", Right: true), new("Starts", Right: true)],
        [.. record.Stages.Select(s => (IReadOnlyList<string>)
        [
            s.Name,
            Format.Duration(TimeSpan.FromSeconds(s.WallSeconds)),
            Format.Bytes(s.PeakMemoryBytes),
            Format.Count(s.Starts),
        ])]));

    /// <summary>Machine, versions, and figures of the training.</summary>
    /// <param name="record">The run.</param>
    /// <param name="training">Results of the training stage.</param>
    public static FactsSection Facts(RunRecord record, JsonObject training) => new("Facts", "",
    [
        new("Machine",
        [
            new("Processor", record.Hardware.CpuModel),
            new("Cores", Format.Count(record.Hardware.LogicalCores)),
            new("Memory", Format.Bytes(record.Hardware.MemoryBytes)),
            new("System", record.Hardware.OperatingSystem),
        ]),
        new("Versions", [.. record.Versions.Select(v => KeyValuePair.Create(v.Key, v.Value)), new("commit", record.GitCommit ?? "unknown")]),
        new("Training",
        [
            new("Steps", Format.Count((long)training["step"]!)),
            new("Skipped steps", Format.Count((long)training["skipped_steps"]!)),
            new("Seed", string.Join(", ", record.Seeds.Select(s => $"{s.Value}"))),
        ]),
    ]);

    /// <summary>The resolved recipe.</summary>
    /// <param name="record">The run.</param>
    public static TextSection Recipe(RunRecord record) => new("Recipe", "", JsonSerializer.Serialize(record.Recipe, Indented));
}
