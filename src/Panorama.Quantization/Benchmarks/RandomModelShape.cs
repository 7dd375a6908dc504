using System.Diagnostics.CodeAnalysis;

namespace Panorama.Quantization.Benchmarks;

/// <summary>The sizes of a llama-shaped model of random weights. All rows are whole blocks of 256 values.</summary>
public sealed record RandomModelShape
{
    /// <summary>1.1 billion parameters.</summary>
    public static RandomModelShape Large { get; } = new() { Name = "1.1b", Layers = 22, Hidden = 2048, FeedForward = 5632, Heads = 32, KeyValueHeads = 4, Vocabulary = 32000, Context = 4096 };

    /// <summary>134 million parameters.</summary>
    public static RandomModelShape Small { get; } = new() { Name = "134m", Layers = 12, Hidden = 768, FeedForward = 2048, Heads = 12, KeyValueHeads = 12, Vocabulary = 32000, Context = 4096 };

    /// <summary>The name a user asks for it by.</summary>
    public required string Name { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Width.</summary>
    public required int Hidden { get; init; }

    /// <summary>Width of the feed-forward layers.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Tokens: 354 to 37,000.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The longest sequence in tokens.</summary>
    public required int Context { get; init; }

    /// <summary>Finds a shape by its name.</summary>
    /// <param name="name">"1.1b" or "134m", in any case.</param>
    /// <param name="shape">The shape found.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out RandomModelShape? shape)
    {
        shape = string.Equals(name, Large.Name, StringComparison.OrdinalIgnoreCase) ? Large
            : string.Equals(name, Small.Name, StringComparison.OrdinalIgnoreCase) ? Small
            : null;
        return shape is not null;
    }
}
