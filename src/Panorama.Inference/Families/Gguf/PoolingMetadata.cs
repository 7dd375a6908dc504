using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>How an encoder's vectors become one: <c>pooling_type</c>.</summary>
internal static class PoolingMetadata
{
    private const string Name = "pooling_type";

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidFileException">It is a kind that is not computed.</exception>
    public static PoolingKind? Read(GgufFile file, ModelConfig config)
    {
        string key = $"{GgufArchitecture.NameOf(config)}.{Name}";
        return file.Metadata.FindInteger(key) switch
        {
            null or 0 => null,
            1 => PoolingKind.Mean,
            2 => PoolingKind.First,
            3 => PoolingKind.Last,
            var other => throw new InvalidFileException(file.Path, $"metadata '{key}' is {other}; allowed: 0 (none), 1 (mean), 2 (first token), 3 (last token)."),
        };
    }

    /// <summary>Writes it.</summary>
    public static void Write(GgufEntries entries, PoolingKind? pooling)
    {
        if (pooling is { } kind)
        {
            entries.Model(Name, kind switch
            {
                PoolingKind.Mean => 1,
                PoolingKind.First => 2,
                _ => 3,
            });
        }
    }
}
