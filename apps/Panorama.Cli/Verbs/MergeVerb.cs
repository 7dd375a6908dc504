using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Modeling.Checkpoints;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama merge</c>: an adapter into the weights of its base.</summary>
internal static class MergeVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        Option<string> model = ModelOption.Create();
        var adapter = new Option<string>("--adapter") { Description = "Adapter folder, such as runs/lora/adapter", HelpName = "DIR", Required = true };
        var target = new Option<string>("--out") { Description = "The new model folder", HelpName = "DIR", Required = true };
        return new VerbCommand("merge", "Add an adapter to the weights of its base: a model folder that needs no adapter", (parsed, context) =>
        {
            string folder = parsed.GetRequiredValue(target);
            long parameters = MergedModel.Write(parsed.GetRequiredValue(model), parsed.GetRequiredValue(adapter), folder);
            context.Console.Info($"Model: {folder}");
            return Task.FromResult(new JsonObject { ["model"] = folder, ["adapter_parameters"] = parameters });
        })
        {
            model,
            adapter,
            target,
        };
    }
}
