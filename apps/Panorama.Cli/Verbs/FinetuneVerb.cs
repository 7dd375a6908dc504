using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Reports;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Data.Chats;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama finetune</c>: all weights, or an adapter, on chats.</summary>
internal static class FinetuneVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create() => RecipeCommand.Create<FinetuneSettings>("finetune", "Fine-tune a model on chats, with the loss on the answers only", run =>
    {
        FinetuneSettings settings = run.Settings;
        Require.That(settings.Model.Length > 0, "empty", "model", "the folder of the model to start from, such as runs/demo/model");
        Require.That(settings.Data.Count > 0, "empty", "data", "files or folders of chats (.jsonl, .json)");
        if (run.Fresh)
        {
            RequireInputs(settings);
        }

        using RunFolder folder = RunFolder.Open(run.Out, settings.Name, "finetune", run.Recipe.ToJson(), run.Fresh, [settings.Model, .. settings.Data, settings.HeldOut, settings.Replay]);
        foreach (string file in ChatFiles.Find(settings.Data))
        {
            folder.AddInput(file);
        }

        using var listener = new ConsoleTrainingListener(run.Context.Console, "Fine-tuning");
        TrainingOutcome outcome = folder.Stage("finetune", () => Finetuner.Run(settings, folder.Path, listener, run.Context.Cancellation), TrainingJson.Of, o => o.Finished);
        JsonObject result = TrainingJson.Of(outcome);
        if (settings.Lora is null)
        {
            result["model"] = folder.Model;
        }
        else
        {
            result["adapter"] = folder.File(Finetuner.AdapterName);
            run.Context.Console.Info($"Adapter: {folder.File(Finetuner.AdapterName)}. Try it: panorama chat --model {settings.Model} --adapter {folder.File(Finetuner.AdapterName)}");
        }

        result["report"] = TrainingReport.Write(folder, "Fine-tuning", result);
        return Task.FromResult(result);
    }, resumes: true);

    private static void RequireInputs(FinetuneSettings settings)
    {
        ChatFiles.Find(settings.Data);
        if (settings.HeldOut.Length > 0 && ChatLoader.Share(settings.HeldOut) is null)
        {
            ChatFiles.Find([settings.HeldOut]);
        }

        InputPaths.Require("model", settings.Model, Path.Combine(settings.Model, HuggingFaceConfig.FileName));
        InputPaths.Require("replay", settings.Replay, settings.Replay + ".bin");
    }
}
