using System.Text.Json.Nodes;
using Panorama.Core.Runs;
using Panorama.Data.Rejects;

namespace Panorama.Cli.Demo;

/// <summary>JSON of the demo's stages.</summary>
internal static class DemoJson
{
    /// <summary>What a stage recorded in run.json.</summary>
    /// <param name="record">The run.</param>
    /// <param name="stage">The stage.</param>
    public static JsonObject Of(RunRecord record, string stage) =>
        record.FindStage(stage)?.Results is { } results ? JsonNode.Parse(results.GetRawText())!.AsObject() : [];

    /// <summary>A funnel in short: documents after every step.</summary>
    /// <param name="funnel">The funnel.</param>
    public static JsonObject Funnel(Funnel funnel) =>
        new(funnel.Steps.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.DocumentsOut)));
}
