using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Core.Models;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>What the maker suggests for generation: the keys of <c>general.sampling</c>.</summary>
internal static class GenerationMetadata
{
    private const string Prefix = "general.sampling.";

    /// <summary>Reads the suggestions; a temperature of 0 says to take the most probable token.</summary>
    /// <exception cref="InvalidFileException">One is out of range; names it.</exception>
    public static GenerationConfig Read(GgufFile file)
    {
        GgufMetadata metadata = file.Metadata;
        double? temperature = metadata.FindNumber(Prefix + "temp");
        var config = new GenerationConfig
        {
            DoSample = temperature is > 0,
            Temperature = temperature is > 0 ? (float)temperature : null,
            TopK = metadata.FindInteger(Prefix + "top_k") is { } k ? (int)Math.Clamp(k, -1, int.MaxValue) : null,
            TopP = (float?)metadata.FindNumber(Prefix + "top_p"),
            RepetitionPenalty = (float?)metadata.FindNumber(Prefix + "penalty_repeat"),
        };
        try
        {
            _ = config.ApplyTo(new GenerationOptions());
            return config;
        }
        catch (InputException e)
        {
            throw new InvalidFileException(file.Path, e.Message, e);
        }
    }

    /// <summary>Writes the suggestions.</summary>
    public static void Write(GgufEntries entries, GenerationConfig config)
    {
        if (config.DoSample)
        {
            entries.Add(Prefix + "temp", GgufValue.Of(config.Temperature ?? 1f));
        }

        if (config.TopK is { } k)
        {
            entries.Add(Prefix + "top_k", GgufValue.Of(k));
        }

        if (config.TopP is { } p)
        {
            entries.Add(Prefix + "top_p", GgufValue.Of(p));
        }

        if (config.RepetitionPenalty is { } penalty)
        {
            entries.Add(Prefix + "penalty_repeat", GgufValue.Of(penalty));
        }
    }
}
