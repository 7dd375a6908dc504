using System.Text.Json;
using Panorama.Core;
using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Modeling.Adapters;
using Panorama.Modeling.Families;

namespace Panorama.Modeling.Checkpoints;

/// <summary>A model folder whose weights are those of a base with an adapter added, so that it needs none.</summary>
public static class MergedModel
{
    /// <summary>Name of the file that says what was merged.</summary>
    public const string LineageName = "lineage.json";

    private const int LargestLineage = 1 << 20;

    // Weights come in many formats, and all but the new ones would be those of the base.
    private static readonly string[] Copied =
    [
        "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt",
        "chat_template.jinja", "chat_template.json", GenerationConfig.FileName, "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt",
    ];

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
        using LoraAdapter adapter = AdapterFolder.Load(adapterFolder, model, baseFolder);
        using DecoderModel? untied = adapter.UntiesEmbeddings ? adapter.MergeUntied() : null;
        if (untied is null)
        {
            adapter.Merge();
        }

        DecoderModel merged = untied ?? model;
        AtomicFolder.Write(
            target,
            temporary =>
            {
                WeightFiles.Save(temporary, merged.Parameters!, merged.Parameters!.Data);
                HuggingFaceConfig.Write(Path.Combine(temporary, HuggingFaceConfig.FileName), new HuggingFaceModel { Config = merged.Config, SpecialTokens = tokens, StoredType = DType.F32 });
                foreach (string file in Directory.EnumerateFiles(baseFolder).Where(IsCopied))
                {
                    File.Copy(file, Path.Combine(temporary, Path.GetFileName(file)));
                }

                File.WriteAllBytes(Path.Combine(temporary, LineageName), Lineage(baseFolder, adapterFolder, adapter.Config));
            },
            bytesNeeded: merged.ParameterCount * sizeof(float));
        return adapter.ParameterCount;
    }

    private static bool IsCopied(string path) => Copied.Contains(Path.GetFileName(path), StringComparer.Ordinal);

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
