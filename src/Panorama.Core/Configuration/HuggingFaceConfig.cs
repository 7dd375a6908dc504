using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Configuration;

/// <summary>
/// Reads and writes the <c>config.json</c> of a model folder: LLaMA, Qwen2, Qwen3, Mistral, GPT-2 and BERT
/// (https://huggingface.co/docs/transformers/model_doc/llama, "LlamaConfig", and its neighbours). What this version does not
/// compute is refused by name; fields that change nothing are ignored.
/// </summary>
public static class HuggingFaceConfig
{
    /// <summary>Name of the file within a model folder.</summary>
    public const string FileName = "config.json";

    private static readonly FamilyJson[] Families = [new LlamaJson(), new Qwen2Json(), new Qwen3Json(), new MistralJson(), new Gpt2Json(), new BertJson()];

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The <c>config.json</c>.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A field is missing, wrong or not supported; names it.</exception>
    public static HuggingFaceModel Read(string path) => Parse(InputFile.ReadAllBytes(path, 16 << 20), path);

    /// <summary>Reads a configuration from memory.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="path">Where it comes from, for messages.</param>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static HuggingFaceModel Parse(ReadOnlyMemory<byte> json, string path)
    {
        using JsonDocument document = JsonFile.Parse(json, path);
        JsonFields fields = JsonFields.Of(document, path);
        JsonField type = fields.Required("model_type");
        string name = type.Text();
        FamilyJson family = Array.Find(Families, f => f.ModelType == name)
            ?? throw type.Wrong(string.Join(", ", Families.Select(static f => $"'{f.ModelType}'")));
        try
        {
            return family.Read(fields);
        }
        catch (InputException e) when (e is not InvalidFileException)
        {
            // The configuration's own checks name the field but not the file.
            throw new InvalidFileException(path, e.Message, e);
        }
    }

    /// <summary>Writes a configuration, atomically.</summary>
    /// <param name="path">The <c>config.json</c>.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">The layout of its family cannot express the configuration; names the part.</exception>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public static void Write(string path, HuggingFaceModel model) => AtomicFile.WriteAllBytes(path, ToJson(model));

    /// <summary>The configuration as indented UTF-8 JSON.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">The layout of its family cannot express the configuration; names the part.</exception>
    public static byte[] ToJson(HuggingFaceModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.SpecialTokens.RequireWithin(model.Config.VocabularySize);
        FamilyJson family = Array.Find(Families, f => f.Family == model.Config.Family)
            ?? throw new InputException($"models of the family {model.Config.Family} have no config.json yet.");
        return JsonText.Indented(json => family.Write(json, model));
    }
}
