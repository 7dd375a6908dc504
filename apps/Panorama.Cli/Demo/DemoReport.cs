using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Models;
using Panorama.Cli.Reports;
using Panorama.Cli.Terminal;
using Panorama.Core.Runs;
using Panorama.Data.Rejects;
using Panorama.Training;

namespace Panorama.Cli.Demo;

/// <summary>The demo's report.html.</summary>
internal static class DemoReport
{
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
                RunSections.Stages(record),
                RunSections.Facts(record, training),
                RunSections.Recipe(record),
            ]);
        return RunSections.Write(folder, model);
    }

    private static KeyFigure[] KeyFigures(JsonObject evaluation, JsonObject training, RunRecord record) =>
    [
        new("Bits per byte, held out", Number(evaluation[HeldOutText.BitsPerByte]), $"{Number(evaluation["baseline_bpb"])} for {(string)evaluation["baseline_name"]!}"),
        new("Token F1 of answers", Number(evaluation["answer_score"]), $"{Number(evaluation["answer_baseline"])} for the best constant answer, {Number(evaluation["answer_bag_bound"])} for a bag of words fitted to these questions"),
        new("Training tokens", Format.Count((long)training["train_tokens"]!), $"{Format.Count((long)(double)training["tokens_per_second"]!)} per second"),
        new("Time", Format.Duration(TimeSpan.FromSeconds(record.WallSeconds)), $"{Format.Bytes(record.PeakMemoryBytes)} at most"),
    ];

    private static Chart[] Charts(string pretrain, string finetune) =>
    [
        .. RunSections.Training("Pre-training", pretrain),
        new("Held-out bits per byte", "step", "bits per byte", [RunSections.Series("held out", Path.Combine(pretrain, MetricsWriter.FileName), HeldOutText.BitsPerByte, SeriesStyle.Dots)]),
        .. RunSections.Training("Fine-tuning on answers", finetune),
    ];

    private static ReportSample[] Samples(JsonObject evaluation) =>
        [.. evaluation["samples"]!.AsArray().Select(s => new ReportSample((string)s!["question"]!, (string)s["expected"]!, (string)s["answer"]!, (double)s["f1"]!))];

    private static string Number(JsonNode? value) => value is null ? "–" : Format.Significant((double)value);
}
