using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Core.Models;

namespace Panorama.Core.Configuration;

/// <summary>
/// The <c>generation_config.json</c> of a model folder: what its maker suggests for generation
/// (https://huggingface.co/docs/transformers/main_classes/text_generation, "GenerationConfig"). Other fields are ignored.
/// </summary>
public sealed record GenerationConfig
{
    /// <summary>Name of the file within a model folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>The special tokens; they take precedence over those of <c>config.json</c>.</summary>
    public SpecialTokenIds SpecialTokens { get; init; } = new();

    /// <summary>Whether tokens are drawn; <see langword="false"/>: the most probable is taken.</summary>
    public bool DoSample { get; init; }

    /// <summary>Softmax temperature; <see langword="null"/>: not said.</summary>
    public float? Temperature { get; init; }

    /// <summary>Keeps the k most probable tokens; <see langword="null"/>: not said.</summary>
    public int? TopK { get; init; }

    /// <summary>Nucleus sampling; <see langword="null"/>: not said.</summary>
    public float? TopP { get; init; }

    /// <summary>Penalty of repeated tokens; <see langword="null"/>: not said.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Most new tokens; <see langword="null"/>: not said.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The <c>generation_config.json</c>.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A field is wrong; names it.</exception>
    public static GenerationConfig Read(string path)
    {
        using JsonDocument document = JsonFile.Read(path);
        JsonFields fields = JsonFields.Of(document, path);
        var config = new GenerationConfig
        {
            SpecialTokens = TokenIdsJson.Read(fields),
            DoSample = fields.Optional("do_sample")?.Boolean() ?? false,
            Temperature = (float?)fields.Optional("temperature")?.Double(),
            TopK = fields.Optional("top_k")?.Int32(),
            TopP = (float?)fields.Optional("top_p")?.Double(),
            RepetitionPenalty = (float?)fields.Optional("repetition_penalty")?.Double(),
            MaxNewTokens = fields.Optional("max_new_tokens")?.Int32(),
        };
        try
        {
            _ = config.ApplyTo(new GenerationOptions());
            return config;
        }
        catch (InputException e) when (e is not InvalidFileException)
        {
            throw new InvalidFileException(path, e.Message, e);
        }
    }

    /// <summary>Options with the suggestions in place of their values.</summary>
    /// <param name="options">The values where nothing is suggested.</param>
    /// <exception cref="InputException">A suggestion is out of range.</exception>
    public GenerationOptions ApplyTo(GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            Temperature = DoSample ? Temperature ?? 1f : 0f,
            TopK = TopK ?? options.TopK,
            TopP = TopP ?? options.TopP,
            RepetitionPenalty = RepetitionPenalty ?? options.RepetitionPenalty,
            MaxTokens = MaxNewTokens ?? options.MaxTokens,
        };
    }

    /// <summary>Writes the configuration, atomically.</summary>
    /// <param name="path">The <c>generation_config.json</c>.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteAllBytes(path, JsonText.Indented(json =>
    {
        TokenIdsJson.Write(json, SpecialTokens);
        json.WriteBoolean("do_sample", DoSample);
        WriteNumber(json, "temperature", Temperature);
        WriteNumber(json, "top_k", TopK);
        WriteNumber(json, "top_p", TopP);
        WriteNumber(json, "repetition_penalty", RepetitionPenalty);
        WriteNumber(json, "max_new_tokens", MaxNewTokens);
    }));

    private static void WriteNumber(Utf8JsonWriter json, string name, float? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
