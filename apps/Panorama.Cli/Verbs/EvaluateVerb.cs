using System.CommandLine;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Data.Filters;
using Panorama.Evaluation.Perplexity;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama evaluate</c>: how well a model does.</summary>
internal static class EvaluateVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create() => new("evaluate", "Measure a model") { Perplexity() };

    private static VerbCommand Perplexity()
    {
        Option<string> model = ModelOption.Create();
        Option<int> threads = ModelOption.Threads();
        Option<string?> adapter = ModelOption.Adapter();
        var file = new Option<string>("--file")
        {
            Description = "Text, scored as one document; or XML API documentation (.xml, as beside a package's assembly), members one after the other",
            HelpName = "FILE",
            Required = true,
        };
        var full = new Option<bool>("--full-documentation") { Description = "Score whole members of XML documentation, not only name and summary" };
        var stride = new Option<int?>("--stride") { Description = "Tokens the window moves by; the rest of it is context (default: half of the model's context)", HelpName = "N" };
        return new VerbCommand("perplexity", "Bits per byte, negative log-likelihood and perplexity of a file under a model", async (parsed, context) =>
        {
            using LoadedModel loaded = LoadedModel.Open(parsed.GetRequiredValue(model), parsed.GetValue(threads), parsed.GetValue(adapter));
            List<TokenizedDocument> documents = await PerplexityFile.ReadAsync(parsed.GetRequiredValue(file), parsed.GetValue(full) ? FilterChain.Default : FilterChain.Heads, loaded, context);
            var options = new PerplexityOptions { Stride = parsed.GetValue(stride), BeginToken = loaded.Tokens.Bos };
            return PerplexityFile.Json(PerplexityFile.Measure(loaded, documents, options, context));
        })
        {
            model,
            adapter,
            file,
            full,
            stride,
            threads,
        };
    }
}
