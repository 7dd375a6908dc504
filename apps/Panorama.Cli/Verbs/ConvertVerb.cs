using System.CommandLine;
using System.Text.Json.Nodes;
using Panorama.Cli.Hosting;
using Panorama.Cli.Terminal;
using Panorama.Core;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Inference.Families;
using Panorama.Quantization.Formats;

namespace Panorama.Cli.Verbs;

/// <summary><c>panorama convert</c>: a model folder as a GGUF file, or the other way.</summary>
internal static class ConvertVerb
{
    private const string Gguf = "gguf";
    private const string Safetensors = "safetensors";

    /// <summary>Makes the verb.</summary>
    public static VerbCommand Create()
    {
        var model = new Option<string>("--model") { Description = "Model folder or GGUF file", HelpName = "PATH", Required = true };
        var kind = new Option<string>("--to") { Description = "gguf: one file with everything; safetensors: a model folder (also: hf)", HelpName = "KIND", Required = true };
        var target = new Option<string>("--out") { Description = "The new file or folder", HelpName = "PATH", Required = true };
        var dtype = new Option<string?>("--dtype") { Description = "Type of the weights: f32, f16, bf16 (default: as they are stored; f32 for quantized ones)", HelpName = "TYPE" };
        return new VerbCommand("convert", "Convert between a model folder and a GGUF file, with tokenizer and chat template", (parsed, context) =>
        {
            (string input, string output) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(target));
            bool toGguf = IsGguf(parsed.GetRequiredValue(kind));
            RequireNew(output);
            using ModelFiles files = ModelFiles.Open(input);
            DType type = Type(parsed.GetValue(dtype), files.StoredType);
            long bytes;
            using (IProgressTask task = context.Console.StartTask("Converting", null, "B"))
            {
                var progress = new DirectProgress<long>(written => task.Report(written));
                bytes = toGguf
                    ? GgufExport.Write(files, output, Format(type), progress, context.Cancellation)
                    : FolderExport.Write(files, output, type, progress, context.Cancellation);
            }

            context.Console.Info($"{output}: {Terminal.Format.Bytes(bytes)} of weights.");
            return Task.FromResult(new JsonObject
            {
                ["model"] = output,
                ["family"] = files.Config.Family.ToString(),
                ["kind"] = toGguf ? Gguf : Safetensors,
                ["dtype"] = type.ToString().ToLowerInvariant(),
                ["bytes"] = bytes,
                ["vocabulary"] = files.Config.VocabularySize,
                ["has_chat_template"] = files.ChatTemplate is not null,
            });
        })
        {
            model,
            kind,
            target,
            dtype,
        };
    }

    private static bool IsGguf(string kind) => kind switch
    {
        Gguf => true,
        Safetensors or "hf" => false,
        _ => throw new InputException($"--to is {Shown.Quote(kind)}; allowed: {Gguf}, {Safetensors}."),
    };

    private static DType Type(string? asked, DType? stored) => asked switch
    {
        null => stored is DType.F16 or DType.BF16 ? stored.Value : DType.F32,
        "f32" => DType.F32,
        "f16" => DType.F16,
        "bf16" => DType.BF16,
        _ => throw new InputException($"--dtype is {Shown.Quote(asked)}; allowed: f32, f16, bf16. For fewer bits run 'panorama quantize' on the GGUF file."),
    };

    private static TensorFormat Format(DType type) => type switch
    {
        DType.F16 => TensorFormat.F16,
        DType.BF16 => TensorFormat.BF16,
        _ => TensorFormat.F32,
    };

    private static void RequireNew(string output)
    {
        if (Directory.Exists(output) || File.Exists(output))
        {
            throw new InputException($"{output} exists already. Remove it, or choose another name with --out.");
        }
    }
}
