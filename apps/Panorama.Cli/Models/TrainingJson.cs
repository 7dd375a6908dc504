using System.Text.Json.Nodes;
using Panorama.Training;

namespace Panorama.Cli.Models;

/// <summary>The result of a training run as verbs print it and run.json keeps it.</summary>
internal static class TrainingJson
{
    /// <summary>The figures of a run.</summary>
    /// <param name="outcome">How it ended.</param>
    public static JsonObject Of(TrainingOutcome outcome)
    {
        var json = new JsonObject
        {
            ["step"] = outcome.Step,
            ["finished"] = outcome.Finished,
            ["train_tokens"] = outcome.Tokens,
            ["seconds"] = outcome.Seconds,
            ["tokens_per_second"] = outcome.TokensPerSecond,
            ["last_loss"] = double.IsFinite(outcome.LastLoss) ? outcome.LastLoss : null,
            ["skipped_steps"] = outcome.SkippedSteps,
        };
        if (outcome.BestStep is { } best)
        {
            json["best_step"] = best;
        }

        foreach ((string name, double value) in outcome.Validation)
        {
            json[name] = value;
        }

        return json;
    }
}
