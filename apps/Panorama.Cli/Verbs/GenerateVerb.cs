using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Core.Models;
using Panorama.Inference.Constraints;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama generate</c>: continues a prompt.</summary>
internal static class GenerateVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        Option<string> model = ModelOption.Create();
        Option<int> threads = ModelOption.Threads();
        Option<string?> adapter = ModelOption.Adapter();
        var prompt = new Option<string>("--prompt") { Description = "Text to continue", HelpName = "TEXT", Required = true };
        var sampling = new SamplingOptions();
        var constraint = new ConstraintOptions();
        var verb = new VerbCommand("generate", "Continue a prompt with a model", (parsed, context) =>
        {
            using LoadedModel loaded = LoadedModel.Open(parsed.GetRequiredValue(model), parsed.GetValue(threads), parsed.GetValue(adapter));
            GenerationOptions options = sampling.Read(parsed, loaded.Defaults());
            return Task.FromResult(Run(loaded, parsed.GetRequiredValue(prompt), options, constraint.Read(parsed, loaded.Generator), context));
        })
        {
            model,
            adapter,
            prompt,
            threads,
        };
        sampling.AddTo(verb);
        constraint.AddTo(verb);
        return verb;
    }

    private static JsonObject Run(LoadedModel loaded, string prompt, GenerationOptions options, TokenGrammar? constraint, VerbContext context)
    {
        var text = new StringBuilder();
        List<int> tokens = [];
        FinishReason? finish = null;
        long began = Stopwatch.GetTimestamp();
        if (!context.Json)
        {
            context.Console.Write(prompt);
        }

        foreach (GeneratedPiece piece in loaded.Generator.Generate(prompt, promptHasSpecialTokens: false, options, constraint, context.Cancellation))
        {
            text.Append(piece.Text);
            tokens.AddRange(piece.Tokens);
            finish = piece.Finish;
            if (!context.Json)
            {
                context.Console.Write(piece.Text);
            }
        }

        double rate = tokens.Count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (!context.Json)
        {
            context.Console.Write(Environment.NewLine);
        }

        return new JsonObject
        {
            ["text"] = text.ToString(),
            ["tokens"] = new JsonArray([.. tokens.Select(t => (JsonNode)t)]),
            ["finish_reason"] = finish == FinishReason.Length ? "length" : "stop",
            ["tokens_per_second"] = rate,
        };
    }
}
