namespace Panorama.Quantization.Gguf;

/// <summary>What a header says.</summary>
internal sealed record GgufContents
{
    public required int Version { get; init; }

    public required int Alignment { get; init; }

    public required GgufMetadata Metadata { get; init; }

    public required List<GgufTensor> Tensors { get; init; }

    public required Dictionary<string, GgufTensor> ByName { get; init; }

    /// <summary>Bytes before the padding that ends the header.</summary>
    public required int HeaderBytes { get; init; }
}
