using Panorama.Cli.Terminal;
using Panorama.Data.Rejects;

namespace Panorama.Cli.Demo;

/// <summary>Tables that the demo prints.</summary>
internal static class DemoTables
{
    /// <summary>How many documents and bytes each step kept, and why the others went.</summary>
    /// <param name="funnel">The funnel.</param>
    public static TextTable Funnel(Funnel funnel) => new(
        "Data funnel",
        [new("Step"), new("Documents", Right: true), new("Bytes", Right: true), new("Seconds", Right: true), new("Dropped")],
        [.. funnel.Steps.Select(s => (IReadOnlyList<string>)
        [
            s.Name,
            Format.Count(s.DocumentsOut),
            Format.Bytes(s.BytesOut),
            Format.Significant(s.Seconds),
            string.Join(", ", s.Dropped.Select(d => $"{Format.Count(d.Documents)} {d.Reason.Replace('_', ' ')}")),
        ])]);

    /// <summary>What came out, beside the baselines.</summary>
    /// <param name="evaluation">The evaluation's figures.</param>
    /// <param name="bitsPerByte">Bits per byte of the pre-trained model.</param>
    public static TextTable Results(System.Text.Json.Nodes.JsonObject evaluation, double bitsPerByte) => new(
        "Results on held-out documentation",
        [new("What"), new("Model", Right: true), new("Baseline", Right: true), new("Baseline is")],
        [
            ["bits per byte (lower is better)", Format.Significant(bitsPerByte), Format.Significant((double)evaluation["baseline_bpb"]!), (string)evaluation["baseline_name"]!],
            ["token F1 of answers (higher is better)", Number(evaluation["answer_score"]), Number(evaluation["answer_baseline"]), "the best constant answer"],
        ]);

    private static string Number(System.Text.Json.Nodes.JsonNode? value) => value is null ? "–" : Format.Significant((double)value);
}
