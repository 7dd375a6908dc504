using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Demo;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Training;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama demo</c>: from raw text to a chat with your own model.</summary>
internal static class DemoVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        var minutes = new Option<double>("--minutes") { Description = $"Scales model and training together; {DemoPlan.DefaultMinutes} by default", HelpName = "N", DefaultValueFactory = _ => DemoPlan.DefaultMinutes };
        var input = new Option<string?>("--input") { Description = "Folder of your own .txt .md .html .jsonl .cs files instead of the .NET documentation", HelpName = "DIR" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of weights, data order and split", HelpName = "N", DefaultValueFactory = _ => 1 };
        return new VerbCommand("demo", "From raw text to a chat with your own model, on this machine", (parsed, context) =>
        {
            var settings = new DemoSettings(parsed.GetValue(minutes), parsed.GetValue(input), parsed.GetValue(SharedOptions.Out), parsed.GetValue(seed));
            return Task.FromResult(Run(settings, parsed.GetValue(SharedOptions.Fresh), context));
        })
        {
            minutes,
            input,
            seed,
            SharedOptions.Out,
            SharedOptions.Fresh,
        };
    }

    private static JsonObject Run(DemoSettings settings, bool fresh, VerbContext context)
    {
        var plan = DemoPlan.For(settings.Minutes);
        var recipe = new JsonObject { ["minutes"] = settings.Minutes, ["input"] = settings.Input, ["seed"] = settings.Seed };
        InputPaths.Require("input", fresh ? settings.Input : null);
        using RunFolder folder = RunFolder.Open(settings.Folder, "demo", "demo", recipe, fresh, settings.Input);
        folder.RequireSameRecipe();
        JsonObject result = new DemoRun(settings, plan, folder, context).Run();
        JsonObject evaluation = DemoJson.Of(folder.Record, "evaluate");
        context.Console.Table(DemoTables.Results(evaluation, (double)result[HeldOutText.BitsPerByte]!));
        if ((double?)evaluation["answer_score"] is { } score && score <= ((double?)evaluation["answer_baseline"] ?? 0))
        {
            string remedy = settings.Minutes < DemoPlan.DefaultMinutes ? FormattableString.Invariant($"{settings.Minutes} minutes are too short for usable text; the default is {DemoPlan.DefaultMinutes}") : "give it more minutes, or more text";
            context.Console.Warn($"the answers are no better than one fixed sentence: {remedy}.");
        }

        bool own = settings.Input is not null;
        string prompt = own ? "The first words of a sentence" : "System.String | ", other = own ? "" : "\n  ./panorama demo --input DIR --out runs/own        (your own text)";
        context.Console.Info(string.Create(CultureInfo.InvariantCulture, $"""
            Done in {Format.Duration(TimeSpan.FromSeconds(folder.Record.WallSeconds))}. Report: {folder.File("report.html")}

            Now talk to it:
              ./panorama chat --model {folder.Model}
            Or try:
              ./panorama generate --model {folder.Model} --prompt "{prompt}"{other}
              ./panorama demo --minutes 30 --out runs/larger
            """));
        return result;
    }
}
