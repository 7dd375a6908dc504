using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Panorama.Cli.Models;
using Panorama.Cli.Reports;
using Panorama.Cli.Terminal;
using Panorama.Core.IO;
using Panorama.Core.Runs;
using Panorama.Data.Rejects;
using Panorama.Training;

namespace Panorama.Cli.Demo;

/// <summary>The demo's report.html.</summary>
internal static class DemoReport
{
    private const string LossName = "loss_metrics/global_avg_loss";

    /// <summary>Writes the report.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="funnel">The data.</param>
    /// <param name="pretrain">Folder of the pre-training.</param>
    /// <param name="finetune">Folder of the fine-tuning.</param>
    /// <returns>Its path.</returns>
    public static string Write(RunFolder folder, Funnel funnel, string pretrain, string finetune)
    {
        RunRecord record = folder.Record;
        JsonObject evaluation = DemoJson.Of(record, "evaluate");
        JsonObject training = DemoJson.Of(record, "pretrain");
        var model = new ReportModel(
            "Panorama demo",
            string.Create(CultureInfo.InvariantCulture, $"A language model from raw text, made on {record.Hardware.CpuModel} ({record.Hardware.LogicalCores} cores), {record.StartedAt:yyyy-MM-dd HH:mm} UTC."),
            KeyFigures(evaluation, training, record),
            [
                new FunnelSection("Data", "Documents and bytes after every step, and why the others went. No training document has a Jaccard similarity of 0.5 or more to a held-out one.", funnel),
                new ChartSection("Training", "Loss in nats per token; bits per byte on held-out documents.", Charts(pretrain, finetune)),
                new SamplesSection("Held-out questions", "Spread evenly over all questions asked, not chosen. The members asked about, and their similar ones, were not in training.", Samples(evaluation)),
                new TableSection("Stages", "Wall time, and the most memory resident up to the stage's end.", Stages(record)),
                new FactsSection("Facts", "", Facts(record, training)),
                new TextSection("Recipe", "", JsonSerializer.Serialize(record.Recipe, JsonIndented)),
            ]);
        string path = folder.File("report.html");
        AtomicFile.WriteAllText(path, ReportHtml.Render(model));
        return path;
    }

    private static readonly JsonSerializerOptions JsonIndented = new() { WriteIndented = true };

    private static KeyFigure[] KeyFigures(JsonObject evaluation, JsonObject training, RunRecord record) =>
    [
        new("Bits per byte, held out", Number(training[HeldOutText.BitsPerByte]), $"{Number(evaluation["baseline_bpb"])} for {(string)evaluation["baseline_name"]!}"),
        new("Token F1 of answers", Number(evaluation["answer_score"]), $"{Number(evaluation["answer_baseline"])} for the best constant answer"),
        new("Training tokens", Format.Count((long)training["train_tokens"]!), $"{Format.Count((long)(double)training["tokens_per_second"]!)} per second"),
        new("Time", Format.Duration(TimeSpan.FromSeconds(record.WallSeconds)), $"{Format.Bytes(record.PeakMemoryBytes)} at most"),
    ];

    private static Chart[] Charts(string pretrain, string finetune)
    {
        string metrics = Path.Combine(pretrain, MetricsWriter.FileName);
        ChartSeries loss = Series("step", metrics, LossName, SeriesStyle.Faint);
        ChartSeries speed = Series("step", metrics, "throughput(tps)", SeriesStyle.Faint);
        ChartSeries chats = Series("step", Path.Combine(finetune, MetricsWriter.FileName), LossName, SeriesStyle.Faint);
        int span = Math.Max(5, loss.X.Count / 40);
        return
        [
            new("Pre-training loss", "step", "nats per token", [loss, loss.Smoothed("smoothed", span)]),
            new("Held-out bits per byte", "step", "bits per byte", [Series("held out", metrics, HeldOutText.BitsPerByte, SeriesStyle.Dots)]),
            new("Fine-tuning loss on answers", "step", "nats per token", [chats, chats.Smoothed("smoothed", Math.Max(5, chats.X.Count / 40))]),
            new("Speed of pre-training", "step", "tokens per second", [speed, speed.Smoothed("smoothed", span)]),
        ];
    }

    private static ChartSeries Series(string name, string file, string metric, SeriesStyle style)
    {
        (long Step, double Value)[] points = [.. MetricsReader.ReadSeries(file, metric)];
        return new ChartSeries(name, [.. points.Select(p => (double)p.Step)], [.. points.Select(p => p.Value)], style);
    }

    private static ReportSample[] Samples(JsonObject evaluation) =>
        [.. evaluation["samples"]!.AsArray().Select(s => new ReportSample((string)s!["question"]!, (string)s["expected"]!, (string)s["answer"]!, (double)s["f1"]!))];

    private static TextTable Stages(RunRecord record) => new(
        "Stages",
        [new("Stage"), new("Time", Right: true), new("Peak memory", Right: true), new("Starts", Right: true)],
        [.. record.Stages.Select(s => (IReadOnlyList<string>)
        [
            s.Name,
            Format.Duration(TimeSpan.FromSeconds(s.WallSeconds)),
            Format.Bytes(s.PeakMemoryBytes),
            Format.Count(s.Starts),
        ])]);

    private static FactGroup[] Facts(RunRecord record, JsonObject training) =>
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
    ];

    private static string Number(JsonNode? value) => value is null ? "–" : Format.Significant((double)value);
}
