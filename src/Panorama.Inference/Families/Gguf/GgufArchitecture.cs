using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>
/// The metadata of one architecture and the configuration
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "LLM").
/// </summary>
internal abstract class GgufArchitecture
{
    private const string NameKey = "general.architecture";

    private static readonly GgufArchitecture[] All =
    [
        new DecoderGguf("llama", ModelFamily.Llama), new DecoderGguf("qwen2", ModelFamily.Qwen2), new DecoderGguf("qwen3", ModelFamily.Qwen3),
        new Gpt2Gguf(), new BertGguf(),
    ];

    /// <summary><c>general.architecture</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Reads the configuration of a file.</summary>
    /// <exception cref="InvalidFileException">The architecture is not supported, or metadata are missing or wrong; names them.</exception>
    public static ModelConfig Read(GgufFile file)
    {
        string name = file.Metadata.Text(NameKey);
        GgufArchitecture architecture = Array.Find(All, a => a.Name == name)
            ?? throw new InvalidFileException(file.Path, $"holds a model of the architecture {Shown.Quote(name)}; supported: {string.Join(", ", All.Select(static a => a.Name))}.");
        var fields = new GgufFields(file, name);
        try
        {
            fields.RequireSupported();
            return architecture.Read(fields);
        }
        catch (InputException e) when (e is not InvalidFileException)
        {
            // The configuration's own checks name the value but not the file.
            throw new InvalidFileException(file.Path, e.Message, e);
        }
    }

    /// <summary>The metadata of a model, from its architecture on.</summary>
    /// <exception cref="InputException">No architecture expresses the configuration; names the part.</exception>
    public static GgufEntries Write(ModelConfig config)
    {
        GgufArchitecture architecture = Of(config);
        if (architecture.Inexpressible(config) is { } part)
        {
            throw new InputException($"GGUF's architecture {architecture.Name} does not have {part}.");
        }

        var entries = new GgufEntries(architecture.Name);
        entries.Add(NameKey, GgufValue.Of(architecture.Name));
        architecture.Write(entries, config);
        return entries;
    }

    /// <summary>Whether rotary pairs are stored as neighbours, as in LLaMA's own files; elsewhere they are halves.</summary>
    public static bool PairsNeighbours(ModelConfig config) => config.Family is ModelFamily.Llama or ModelFamily.Mistral;

    /// <summary>The name of a model's architecture.</summary>
    public static string NameOf(ModelConfig config) => Of(config).Name;

    protected abstract ModelConfig Read(GgufFields fields);

    protected abstract void Write(GgufEntries entries, ModelConfig config);

    /// <summary>The part of a configuration that this architecture does not have; <see langword="null"/>: it has all.</summary>
    protected abstract string? Inexpressible(ModelConfig config);

    private static GgufArchitecture Of(ModelConfig config) => config.Family switch
    {
        ModelFamily.Llama or ModelFamily.Mistral => All[0],
        ModelFamily.Qwen2 => All[1],
        ModelFamily.Qwen3 => All[2],
        ModelFamily.Gpt2 => All[3],
        ModelFamily.Bert => All[4],
        _ => throw new InputException($"models of the family {config.Family} cannot be written as GGUF."),
    };
}
