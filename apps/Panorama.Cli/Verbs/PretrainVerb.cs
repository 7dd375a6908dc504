using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Reports;
using Panorama.Data.Corpus;
using Panorama.Training;
using Panorama.Training.Settings;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama pretrain</c>: a model from text.</summary>
internal static class PretrainVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create() => RecipeCommand.Create<PretrainSettings>("pretrain", "Pre-train a model on text; the same command again resumes it", async run =>
    {
        PretrainSettings settings = run.Settings;
        Pretrainer.RequireFits(settings, settings.Data.VocabularySize); // said before the work
        if (run.Fresh)
        {
            InputPaths.Require("data.prepared", settings.Data.Prepared);
            InputPaths.Require("data.tokenizer", settings.Data.Tokenizer);
            InputPaths.Require("data.source", settings.Data.Prepared is null && settings.Data.Source != CorpusSettings.DotnetDocumentation ? settings.Data.Source : null);
        }

        using RunFolder folder = RunFolder.Open(run.Out, settings.Name, "pretrain", run.Recipe.ToJson(), run.Fresh, settings.Data.Source, settings.Data.Prepared, settings.Data.Tokenizer);
        folder.SetSeeds(new Dictionary<string, ulong>(StringComparer.Ordinal) { ["train"] = settings.Train.Seed });
        var preparation = new CorpusPreparation(run.Context.Console, run.Context.Cancellation);
        PretrainInputs inputs = await preparation.PrepareAsync(settings.Data, settings.Train.Seed, new CorpusFolder(folder.File("corpus")));
        folder.AddInput(inputs.ShardPrefix + ".bin");

        using var listener = new ConsoleTrainingListener(run.Context.Console, "Pre-training");
        TrainingOutcome outcome = folder.Stage("pretrain", () => Pretrainer.Run(settings, inputs, folder.Path, listener, run.Context.Cancellation), TrainingJson.Of, o => o.Finished);
        JsonObject result = TrainingJson.Of(outcome);
        result["model"] = folder.Model;
        result["report"] = TrainingReport.Write(folder, "Pre-training", result);
        run.Context.Console.Info($"Model: {folder.Model}");
        return result;
    }, resumes: true);
}
