using System.Text.Json;
using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Safetensors;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Families;

namespace Panorama.Modeling.Checkpoints;

/// <summary>A model folder whose weights are those of a base with an adapter added, so that it needs none.</summary>
public static class MergedModel
{
    /// <summary>Name of the file that says what was merged.</summary>
    public const string LineageName = "lineage.json";

    private const int LargestLineage = 1 << 20;
    private static readonly string[] Weights = [".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pt", ".pth", ".py", ".gguf"];

    /// <summary>Merges. The folder appears whole or not at all; tokenizer, chat template and generation settings are the base's.</summary>
    /// <param name="baseFolder">The model folder.</param>
    /// <param name="adapterFolder">The adapter folder.</param>
    /// <param name="target">The new model folder.</param>
    /// <returns>Number of parameters that the adapter had.</returns>
    /// <exception cref="InputException">A folder is missing or malformed, the target exists, or the adapter was trained on another base.</exception>
    /// <exception cref="JobException">The disk is full or a file cannot be written.</exception>
    public static long Write(string baseFolder, string adapterFolder, string target)
    {
        if (Directory.Exists(target) || File.Exists(target))
        {
            throw new InputException($"{target} exists already. Remove it, or choose another folder with --out.");
        }

        (DecoderModel model, SpecialTokenIds tokens) = ModelFolder.Load(baseFolder);
        using DecoderModel owned = model;
        using LoraAdapter adapter = AdapterFolder.Load(adapterFolder, model);
        RequireItsBase(baseFolder, adapterFolder);
        adapter.Merge();
        AtomicFolder.Write(
            target,
            temporary =>
            {
                WeightFiles.Save(temporary, model.Parameters!, model.Parameters!.Data);
                HuggingFaceConfig.Write(Path.Combine(temporary, HuggingFaceConfig.FileName), new HuggingFaceModel { Config = model.Config, SpecialTokens = tokens, StoredType = DType.F32 });
                foreach (string file in Directory.EnumerateFiles(baseFolder).Where(IsCopied))
                {
                    File.Copy(file, Path.Combine(temporary, Path.GetFileName(file)));
                }

                File.WriteAllBytes(Path.Combine(temporary, LineageName), Lineage(baseFolder, adapterFolder, adapter.Config));
            },
            bytesNeeded: model.ParameterCount * sizeof(float));
        return adapter.ParameterCount;
    }

    private static bool IsCopied(string path)
    {
        string name = Path.GetFileName(path);
        return name is not (HuggingFaceConfig.FileName or LineageName) && !Weights.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));
    }

    // Adapters of other tools do not say which weights they belong to.
    private static void RequireItsBase(string baseFolder, string adapterFolder)
    {
        string path = Path.Combine(adapterFolder, AdapterFolder.WeightsName);
        using var file = SafetensorsFile.Open(path);
        KeyValuePair<string, string>[] expected = [.. file.Metadata.Where(m => m.Key.StartsWith("base:", StringComparison.Ordinal))];
        if (expected.Length == 0)
        {
            return;
        }

        IReadOnlyDictionary<string, string> found = ModelFolder.WeightsHash(baseFolder);
        if (found.Count != expected.Length || expected.Any(e => !found.TryGetValue(e.Key, out string? hash) || hash != e.Value))
        {
            throw new InputException($"{adapterFolder} was trained on other weights than those of {baseFolder}: their hashes differ. Name the model it was trained on, in {PeftConfig.FileName} under base_model_name_or_path.");
        }
    }

    private static byte[] Lineage(string baseFolder, string adapterFolder, LoraConfig config) => JsonText.Indented(json =>
    {
        json.WriteStartObject("base");
        json.WriteString("path", baseFolder);
        foreach ((string file, string hash) in ModelFolder.WeightsHash(baseFolder))
        {
            json.WriteString(file["base:".Length..], hash);
        }

        string earlier = Path.Combine(baseFolder, LineageName);
        if (File.Exists(earlier))
        {
            using JsonDocument document = JsonFile.Read(earlier, LargestLineage);
            json.WritePropertyName("lineage");
            document.RootElement.WriteTo(json);
        }

        json.WriteEndObject();
        json.WriteStartObject("adapter");
        json.WriteString("path", adapterFolder);
        json.WriteString(AdapterFolder.WeightsName, FileHash.Sha256(Path.Combine(adapterFolder, AdapterFolder.WeightsName)).Sha256);
        json.WriteNumber("r", config.Rank);
        json.WriteNumber("lora_alpha", config.Alpha);
        json.WriteBoolean("use_dora", config.UseDora);
        json.WriteBoolean("use_rslora", config.UseRsLora);
        json.WriteEndObject();
    });
}
