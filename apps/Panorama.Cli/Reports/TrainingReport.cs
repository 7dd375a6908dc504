using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Runs;
using Panorama.Training;

namespace Panorama.Cli.Reports;

/// <summary>The report.html of a pre-training or fine-tuning.</summary>
internal static class TrainingReport
{
    /// <summary>Writes the report.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="title">What was trained.</param>
    /// <param name="result">The run's figures.</param>
    /// <returns>Its path.</returns>
    public static string Write(RunFolder folder, string title, JsonObject result)
    {
        RunRecord record = folder.Record;
        List<Chart> charts = [.. RunSections.Training(title, folder.Path)];
        string metrics = folder.File(MetricsWriter.FileName);
        if (result[HeldOutText.BitsPerByte] is not null)
        {
            charts.Add(new("Held-out bits per byte", "step", "bits per byte", [RunSections.Series("held out", metrics, HeldOutText.BitsPerByte, SeriesStyle.Dots)]));
        }

        return RunSections.Write(folder, new ReportModel(
            title,
            string.Create(CultureInfo.InvariantCulture, $"{record.Hardware.CpuModel} ({record.Hardware.LogicalCores} cores), {record.StartedAt:yyyy-MM-dd HH:mm} UTC."),
            [
                new("Steps", Format.Count((long)result["step"]!), (bool)result["finished"]! ? "the whole run" : "stopped early"),
                new("Tokens", Format.Count((long)result["train_tokens"]!), $"{Format.Count((long)(double)result["tokens_per_second"]!)} per second"),
                new("Held-out bits per byte", result[HeldOutText.BitsPerByte] is { } bits ? Format.Significant((double)bits) : "–"),
                new("Time", Format.Duration(TimeSpan.FromSeconds(record.WallSeconds)), $"{Format.Bytes(record.PeakMemoryBytes)} at most"),
            ],
            [
                new ChartSection("Training", "", charts),
                RunSections.Stages(record),
                RunSections.Facts(record, result),
                RunSections.Recipe(record),
            ]));
    }
}
