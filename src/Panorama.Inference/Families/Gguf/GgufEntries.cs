using Panorama.Core.Configuration;
using Panorama.Quantization.Gguf;

namespace Panorama.Inference.Families.Gguf;

/// <summary>Collects metadata to be written, in order.</summary>
/// <param name="architecture">What the keys of the model begin with.</param>
internal sealed class GgufEntries(string architecture)
{
    private readonly List<KeyValuePair<string, GgufValue>> _entries = [];

    /// <summary>All entries, in the order they were added.</summary>
    public IReadOnlyList<KeyValuePair<string, GgufValue>> All => _entries;

    /// <summary>Adds an entry of the model.</summary>
    public void Model(string name, GgufValue value) => Add($"{architecture}.{name}", value);

    /// <summary>Adds an entry of the model: a count.</summary>
    public void Model(string name, int value) => Model(name, GgufValue.Of((uint)value));

    /// <summary>Adds an entry of the model: a number, which the format's readers expect in single precision.</summary>
    public void Model(string name, double value) => Model(name, GgufValue.Of((float)value));

    /// <summary>Adds any entry.</summary>
    public void Add(string key, GgufValue value) => _entries.Add(new(key, value));

    /// <summary>Adds what the architectures share.</summary>
    public void Shape(ModelConfig config)
    {
        Model("vocab_size", config.VocabularySize);
        Model("context_length", config.ContextLength);
        Model("embedding_length", config.HiddenSize);
        Model("block_count", config.Layers);
        Model("feed_forward_length", config.FeedForward.IntermediateSize);
        Model("attention.head_count", config.Attention.Heads);
        Model("attention.head_count_kv", config.Attention.KeyValueHeads);
    }
}
