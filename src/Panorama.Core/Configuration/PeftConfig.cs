using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// Reads and writes the <c>adapter_config.json</c> of an adapter folder, the fields of PEFT's <c>LoraConfig</c>. What this version does not compute is refused by
/// name; fields that change nothing are ignored.
/// </summary>
public static class PeftConfig
{
    /// <summary>Name of the file within an adapter folder.</summary>
    public const string FileName = "adapter_config.json";

    private const int LargestFile = 1 << 20;

    // Each of these changes the computation or the tensors when it is set.
    private static readonly string[] Unsupported =
    [
        "rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern", "layer_replication", "exclude_modules",
        "fan_in_fan_out", "lora_bias", "megatron_config", "target_parameters", "alora_invocation_tokens", "arrow_config", "corda_config",
    ];

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The <c>adapter_config.json</c>.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A field is missing, wrong or not supported; names it.</exception>
    public static LoraConfig Read(string path)
    {
        using JsonDocument document = JsonFile.Read(path, LargestFile);
        JsonFields fields = JsonFields.Of(document, path);
        JsonField type = fields.Required("peft_type");
        if (type.Text() != "LORA")
        {
            throw type.Wrong("'LORA'");
        }

        RefuseUnsupported(fields);
        try
        {
            return new LoraConfig
            {
                Rank = fields.Required("r").Int32(),
                Alpha = fields.Required("lora_alpha").Double(),
                Dropout = fields.Optional("lora_dropout")?.Double() ?? 0,
                TargetModules = TargetModules(fields.Required("target_modules")),
                UseDora = fields.Optional("use_dora")?.Boolean() ?? false,
                UseRsLora = fields.Optional("use_rslora")?.Boolean() ?? false,
                ModulesToSave = fields.Optional("modules_to_save") is { } saved ? [.. saved.Items().Select(item => item.Text())] : [],
                TrainableTokens = fields.Optional("trainable_token_indices") is { } tokens ? TrainableTokens(tokens) : new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal),
                EnsureWeightTying = fields.Optional("ensure_weight_tying")?.Boolean() ?? false,
                BaseModel = fields.Optional("base_model_name_or_path")?.Text(),
            };
        }
        catch (InputException e) when (e is not InvalidFileException)
        {
            throw new InvalidFileException(path, e.Message, e);
        }
    }

    /// <summary>Writes a configuration, atomically.</summary>
    /// <param name="path">The <c>adapter_config.json</c>.</param>
    /// <param name="config">The adapter.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public static void Write(string path, LoraConfig config) => AtomicFile.WriteAllBytes(path, JsonText.Indented(json =>
    {
        json.WriteString("base_model_name_or_path", config.BaseModel);
        json.WriteString("bias", "none");
        json.WriteBoolean("ensure_weight_tying", config.EnsureWeightTying);
        json.WriteBoolean("fan_in_fan_out", false);
        json.WriteBoolean("inference_mode", true);
        json.WriteNumber("lora_alpha", config.Alpha);
        json.WriteNumber("lora_dropout", config.Dropout);
        WriteModulesToSave(json, config.ModulesToSave);
        json.WriteString("peft_type", "LORA");
        json.WriteNumber("r", config.Rank);
        json.WriteStartArray("target_modules");
        foreach (string module in LoraConfig.Modules.Where(config.Targets))
        {
            json.WriteStringValue(module);
        }

        json.WriteEndArray();
        json.WriteString("task_type", "CAUSAL_LM");
        WriteTrainableTokens(json, config.TrainableTokens);
        json.WriteBoolean("use_dora", config.UseDora);
        json.WriteBoolean("use_rslora", config.UseRsLora);
    }));

    // A list means the embedding's rows.
    private static Dictionary<string, IReadOnlyList<int>> TrainableTokens(JsonField field)
    {
        var modules = new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal);
        if (field.Element.ValueKind == JsonValueKind.Array)
        {
            modules.Add(LoraConfig.Embedding, Ids(field));
            return modules;
        }

        foreach ((string module, JsonField ids) in field.Object().All())
        {
            modules.Add(module, Ids(ids));
        }

        return modules;

        static int[] Ids(JsonField list) => [.. list.Items().Select(item => item.Int32())];
    }

    private static void WriteModulesToSave(Utf8JsonWriter json, IReadOnlyList<string> modules)
    {
        if (modules.Count == 0)
        {
            json.WriteNull("modules_to_save");
            return;
        }

        json.WriteStartArray("modules_to_save");
        foreach (string module in modules)
        {
            json.WriteStringValue(module);
        }

        json.WriteEndArray();
    }

    private static void WriteTrainableTokens(Utf8JsonWriter json, IReadOnlyDictionary<string, IReadOnlyList<int>> modules)
    {
        if (modules.Count == 0)
        {
            json.WriteNull("trainable_token_indices");
            return;
        }

        json.WriteStartObject("trainable_token_indices");
        foreach ((string module, IReadOnlyList<int> ids) in modules)
        {
            json.WriteStartArray(module);
            foreach (int id in ids)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string[] TargetModules(JsonField field) => field.Element.ValueKind == JsonValueKind.String
        ? [field.Text()]
        : [.. field.Items().Select(item => item.Text())];

    private static void RefuseUnsupported(JsonFields fields)
    {
        foreach ((string name, JsonField field) in fields.All())
        {
            bool known = name is "use_dora" or "use_rslora";
            if (!known && (Unsupported.Contains(name, StringComparer.Ordinal) || name.StartsWith("use_", StringComparison.Ordinal)) && IsSet(field.Element))
            {
                throw field.Wrong("nothing; this version does not compute it");
            }
        }

        if (fields.Optional("bias") is { } bias && bias.Text() != "none")
        {
            throw bias.Wrong("'none'");
        }

        // PiSSA, OLoRA, LoftQ, CorDA and EVA start from changed base weights: on those of the base the adapter gives garbage.
        if (fields.Optional("init_lora_weights") is { } init && init.Element.ValueKind is not (JsonValueKind.True or JsonValueKind.False) && !(init.Element.ValueKind == JsonValueKind.String && init.Element.GetString() == "gaussian"))
        {
            throw init.Wrong("true, false or 'gaussian'; the others change the base as well");
        }
    }

    private static bool IsSet(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False or JsonValueKind.Null => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };
}
