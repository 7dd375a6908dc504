using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Models;
using Panorama.Cli.Terminal;
using Panorama.Core;
using Panorama.Core.IO;
using Panorama.Core.Runs;
using Panorama.Data.Filters;
using Panorama.Evaluation.Perplexity;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Quantizing;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama quantize</c>: a GGUF file with smaller weights, and what that costs.</summary>
internal static class QuantizeVerb
{
    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        var model = new Option<string>("--model") { Description = "GGUF file or model folder to read", HelpName = "PATH", Required = true };
        Option<string> format = FormatOption.Create();
        var target = new Option<string>("--out") { Description = "GGUF file to write", HelpName = "FILE", Required = true };
        var overrides = new Option<string[]>("--tensor") { Description = "Another format for tensors of this name, in which * stands for any characters; may be repeated, the first that matches counts", HelpName = "NAME=FORMAT" };
        Option<int> threads = ModelOption.Threads();
        var eval = new Option<string?>("--eval") { Description = "Text whose perplexity is measured before and after", HelpName = "FILE" };
        return new VerbCommand("quantize", "Write a model as a GGUF file with weights of fewer bits", async (parsed, context) =>
        {
            string input = parsed.GetRequiredValue(model), output = parsed.GetRequiredValue(target);
            var options = new QuantizerOptions
            {
                Format = FormatOption.Parse(parsed.GetRequiredValue(format)),
                Overrides = [.. (parsed.GetValue(overrides) ?? []).Select(FormatOption.ParseOverride)],
                Threads = ThreadCount.Resolve(parsed.GetValue(threads)),
            };
            using var converted = new ScratchFile(output);
            if (!File.Exists(input))
            {
                Convert(input, converted.Path, context);
                input = converted.Path;
            }

            QuantizationReport report;
            using (IProgressTask task = context.Console.StartTask("Quantizing", null, "B"))
            {
                var progress = new DirectProgress<QuantizerProgress>(p =>
                {
                    task.SetTotal(p.Total);
                    task.Report(p.Written);
                });
                report = Quantizer.Run(input, output, options, progress, context.Cancellation);
            }

            Show(report, output, context.Console);
            JsonObject result = Json(report);
            if (parsed.GetValue(eval) is { } file)
            {
                result["perplexity_before"] = await PerplexityAsync(parsed.GetRequiredValue(model), file, options.Threads, context);
                result["perplexity_after"] = await PerplexityAsync(output, file, options.Threads, context);
            }

            return result;
        })
        {
            model,
            format,
            target,
            overrides,
            eval,
            threads,
        };
    }

    private static async Task<double> PerplexityAsync(string model, string file, int threads, VerbContext context)
    {
        using LoadedModel loaded = LoadedModel.Open(model, threads);
        List<TokenizedDocument> documents = await PerplexityFile.ReadAsync(file, FilterChain.Heads, loaded, context);
        return PerplexityFile.Measure(loaded, documents, new PerplexityOptions { BeginToken = loaded.Tokens.Bos }, context).Perplexity;
    }

    // A folder becomes a GGUF file first, in the type that its weights have.
    private static void Convert(string folder, string target, VerbContext context)
    {
        using ModelFiles files = ModelFiles.Open(folder);
        TensorFormat format = files.StoredType switch
        {
            DType.F16 => TensorFormat.F16,
            DType.BF16 => TensorFormat.BF16,
            _ => TensorFormat.F32,
        };
        using IProgressTask task = context.Console.StartTask("Converting", null, "B");
        GgufExport.Write(files, target, format, new DirectProgress<long>(bytes => task.Report(bytes)), context.Cancellation);
    }

    private static void Show(QuantizationReport report, string output, IRunConsole console)
    {
        console.Table(new TextTable(
            "Weights",
            [new("Format"), new("Tensors", Right: true), new("Size", Right: true), new("Relative error", Right: true)],
            [.. report.Tensors.GroupBy(static t => t.To).Select(group => (IReadOnlyList<string>)
            [
                FormatOption.Name(group.Key),
                Format.Count(group.Count()),
                Format.Bytes(group.Sum(static t => t.Bytes)),
                Format.Percent(report.RelativeError(group.Key)),
            ])]));
        if (report.Tensors.Any(static t => t.From != t.To && !t.From.IsFloat()))
        {
            console.Warn("The file was quantized already: quantizing its original loses less.");
        }

        console.Info($"{output}: {Format.Bytes(report.BytesBefore)} became {Format.Bytes(report.Bytes)}.");
    }

    private static JsonObject Json(QuantizationReport report) => new()
    {
        ["bytes"] = report.Bytes,
        ["bytes_before"] = report.BytesBefore,
        ["formats"] = new JsonObject([.. report.Tensors.GroupBy(static t => t.To).Select(group => KeyValuePair.Create<string, JsonNode?>(FormatOption.Name(group.Key), new JsonObject
        {
            ["tensors"] = group.Count(),
            ["bytes"] = group.Sum(static t => t.Bytes),
            ["relative_error"] = report.RelativeError(group.Key),
        }))]),
        ["tensors"] = new JsonArray([.. report.Tensors.Select(static t => (JsonNode)new JsonObject
        {
            ["name"] = t.Name,
            ["from"] = FormatOption.Name(t.From),
            ["to"] = FormatOption.Name(t.To),
            ["bytes"] = t.Bytes,
            ["relative_error"] = t.RelativeError,
        })]),
    };
}
