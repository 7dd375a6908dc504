using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Reports;
using Panorama.Core.Errors;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama finetune</c>: all weights on chats.</summary>
internal static class FinetuneVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create() => RecipeCommand.Create<FinetuneSettings>("finetune", "Fine-tune a model on chats, with the loss on the answers only", run =>
    {
        FinetuneSettings settings = run.Settings;
        Require.That(settings.Model.Length > 0, "empty", "model", "the folder of the model to start from, such as runs/demo/model");
        Require.That(settings.Data.Length > 0, "empty", "data", "a JSONL file of chats");
        using RunFolder folder = RunFolder.Open(run.Out, settings.Name, "finetune", run.Recipe.ToJson(), run.Fresh, settings.Model, settings.Data, settings.HeldOut, settings.Replay);
        folder.AddInput(settings.Data);
        using var listener = new ConsoleTrainingListener(run.Context.Console, "Fine-tuning");
        TrainingOutcome outcome = folder.Stage("finetune", () => Finetuner.Run(settings, folder.Path, listener, run.Context.Cancellation), TrainingJson.Of, o => o.Finished);
        JsonObject result = TrainingJson.Of(outcome);
        result["model"] = folder.Model;
        result["report"] = TrainingReport.Write(folder, "Fine-tuning", result);
        return Task.FromResult(result);
    }, resumes: true);
}
