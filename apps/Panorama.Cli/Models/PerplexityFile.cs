using System.Globalization;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Terminal;
using Panorama.Core.Errors;
using Panorama.Data.Documents;
using Panorama.Data.Filters;
using Panorama.Data.Rejects;
using Panorama.Data.Sources;
using Panorama.Evaluation.Perplexity;

namespace Panorama.Cli.Models;

/// <summary>A file scored by a model: text as one document, or the members of XML API documentation.</summary>
internal static class PerplexityFile
{
    private const int LargestFile = 1 << 30;

    /// <summary>Scores documents and tells the result.</summary>
    public static PerplexityResult Measure(LoadedModel loaded, List<TokenizedDocument> documents, PerplexityOptions options, VerbContext context)
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
        return result;
    }

    /// <summary>The result for programs.</summary>
    public static JsonObject Json(PerplexityResult result) => new()
    {
        ["nll_per_token"] = result.NllPerToken,
        ["bits_per_byte"] = result.BitsPerByte,
        ["perplexity"] = result.Perplexity,
        ["tokens"] = result.Tokens,
        ["bytes"] = result.Bytes,
        ["documents"] = result.Documents,
        ["stride"] = result.Stride,
    };

    /// <summary>Reads a file as documents of tokens.</summary>
    public static async Task<List<TokenizedDocument>> ReadAsync(string path, FilterChain filters, LoadedModel loaded, VerbContext context)
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
