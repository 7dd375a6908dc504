using Panorama.Cli.Terminal;

namespace Panorama.Cli.Demo;

/// <summary>Tables that the demo prints.</summary>
internal static class DemoTables
{
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
