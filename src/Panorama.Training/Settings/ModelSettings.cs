using Panorama.Core.Configuration;
using Panorama.Core.Errors;

namespace Panorama.Training.Settings;

/// <summary>Shape of a model to train from nothing. The vocabulary comes from the tokenizer.</summary>
public sealed record ModelSettings
{
    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize { get; init => field = Require.That(value is >= 8 and <= 65_536, value, "hidden_size", "8 to 65,536"); } = 256;

    /// <summary>Blocks.</summary>
    public int Layers { get; init => field = Require.That(value is >= 1 and <= 1_000, value, "layers", "1 to 1,000"); } = 6;

    /// <summary>Query heads; divides the hidden size.</summary>
    public int Heads { get; init => field = Require.That(value is >= 1 and <= 65_536, value, "heads", "1 to 65,536"); } = 4;

    /// <summary>Key/value heads; divides the query heads.</summary>
    public int KeyValueHeads { get; init => field = Require.That(value is >= 1 and <= 65_536, value, "key_value_heads", "1 to 65,536"); } = 2;

    /// <summary>Width of the feed-forward layer; 0: 8/3 of the hidden size, rounded up to a multiple of 32 (arXiv:2002.05202, section 2).</summary>
    public int IntermediateSize { get; init => field = Require.That(value is >= 0 and <= 1 << 24, value, "intermediate_size", "0 to 16,777,216 (0: 8/3 of hidden_size)"); }

    /// <summary>Longest sequence, in tokens.</summary>
    public int ContextLength { get; init => field = Require.That(value is >= 8 and <= 1 << 20, value, "context_length", "8 to 1,048,576"); } = 256;

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RopeTheta { get; init => field = Require.That(value is > 1 and <= 1e9, value, "rope_theta", "a number in (1, 1e9]"); } = 10_000;

    /// <summary>Whether the output projection is the embedding.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Standard deviation of the initial weights.</summary>
    public double InitializerRange { get; init => field = Require.That(value is > 0 and <= 1, value, "initializer_range", "a number in (0, 1]"); } = 0.02;

    /// <summary>The model's configuration.</summary>
    /// <param name="vocabularySize">Ids of the tokenizer.</param>
    /// <exception cref="InputException">The parts do not fit each other.</exception>
    public ModelConfig ToConfig(int vocabularySize) => ModelConfig.Llama(
        vocabularySize,
        HiddenSize,
        Layers,
        Heads,
        KeyValueHeads,
        IntermediateSize > 0 ? IntermediateSize : (((HiddenSize * 8 / 3) + 31) / 32) * 32,
        ContextLength,
        theta: RopeTheta,
        tieEmbeddings: TieEmbeddings,
        initializerRange: InitializerRange);
}
