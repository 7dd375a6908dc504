using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Evaluation.Perplexity;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama evaluate</c>: how well a model does.</summary>
internal static class EvaluateVerb
{
    private const int LargestFile = 1 << 30;

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
            List<TokenizedDocument> documents = await ReadAsync(parsed.GetRequiredValue(file), parsed.GetValue(full) ? FilterChain.Default : FilterChain.Heads, loaded, context);
            var options = new PerplexityOptions { Stride = parsed.GetValue(stride), BeginToken = loaded.Tokens.Bos };
            return Run(loaded, documents, options, context);
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

    private static JsonObject Run(LoadedModel loaded, List<TokenizedDocument> documents, PerplexityOptions options, VerbContext context)
    {
        PerplexityResult result;
        using (IProgressTask task = context.Console.StartTask("Scoring", documents.Sum(d => (long)d.Tokens.Length), "tokens"))
        {
            var progress = new DirectProgress<PerplexityProgress>(p => task.Report(p.Tokens, string.Create(CultureInfo.InvariantCulture, $"{p.NllPerToken:f3} nats per token")));
            result = PerplexityEvaluator.Evaluate(loaded.Model, documents, options, progress, context.Cancellation);
        }

        context.Console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.BitsPerByte:f4} bits per byte, {result.NllPerToken:f4} nats per token, perplexity {result.Perplexity:f2}, over {result.Tokens:N0} tokens and {result.Bytes:N0} bytes (windows of {loaded.Model.ContextLength}, stride {result.Stride})"));
        return new JsonObject
        {
            ["nll_per_token"] = result.NllPerToken,
            ["bits_per_byte"] = result.BitsPerByte,
            ["perplexity"] = result.Perplexity,
            ["tokens"] = result.Tokens,
            ["bytes"] = result.Bytes,
            ["documents"] = result.Documents,
            ["stride"] = result.Stride,
        };
    }

    private static async Task<List<TokenizedDocument>> ReadAsync(string path, FilterChain filters, LoadedModel loaded, VerbContext context)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"--file {path}: there is no such file.");
        }

        List<TokenizedDocument> documents = [];
        if (path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
        {
            using var rejects = new RejectLedger();
            await foreach (Document document in new XmlDocumentationSource(path).ReadAsync(rejects, context.Cancellation))
            {
                if (filters.Apply(document, rejects) is { } kept)
                {
                    documents.Add(TokenizedDocument.Encode(loaded.Tokenizer, kept.Text));
                }
            }

            context.Console.Info($"{documents.Count:N0} documented members");
            return documents.Count > 0 && loaded.Tokens.Bos is { } separator
                ? [TokenizedDocument.Join(documents, separator)]
                : documents;
        }

        long size = new FileInfo(path).Length;
        if (size > LargestFile)
        {
            throw new InputException($"--file {path} has {Format.Bytes(size)}; the limit is {Format.Bytes(LargestFile)}. Split it.");
        }

        byte[] bytes = await File.ReadAllBytesAsync(path, context.Cancellation);
        List<int> ids = [];
        loaded.Tokenizer.Encode(bytes, ids);
        documents.Add(new TokenizedDocument(ids.ToArray(), bytes.Length));
        return documents;
    }
}
