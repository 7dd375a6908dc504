using Panorama.Core.Errors;

namespace Panorama.Core.Safetensors;

/// <summary>The rules of the safetensors format and of its sharded layout, for telling breaches apart.</summary>
public enum SafetensorsRule
{
    /// <summary>A file holds at least the 8 bytes of the header's length and the 2 bytes of an empty header.</summary>
    FileTooShort,

    /// <summary>The header takes at most 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header ends within the file.</summary>
    HeaderBeyondFile,

    /// <summary>The header starts with '{'.</summary>
    HeaderStart,

    /// <summary>The header is valid UTF-8.</summary>
    HeaderNotUtf8,

    /// <summary>The header is valid JSON, not nested deeper than the format needs.</summary>
    HeaderNotJson,

    /// <summary>Only spaces (0x20) follow the header's JSON.</summary>
    HeaderPadding,

    /// <summary>The header maps names to {dtype, shape, data_offsets}, and nothing else.</summary>
    HeaderStructure,

    /// <summary>No key appears twice.</summary>
    DuplicateKey,

    /// <summary><c>__metadata__</c> maps strings to strings.</summary>
    Metadata,

    /// <summary>The element type is a known one.</summary>
    UnknownDType,

    /// <summary>A shape is a list of at most 64 integers of at least 0.</summary>
    Shape,

    /// <summary>The number of elements and of bytes fits 63 bits.</summary>
    ShapeOverflow,

    /// <summary>A tensor's offsets are two integers with 0 ≤ begin ≤ end.</summary>
    Offsets,

    /// <summary>A tensor ends within the data area.</summary>
    BeyondData,

    /// <summary>A tensor's bytes are its element size times the product of its shape.</summary>
    SizeMismatch,

    /// <summary>No two tensors share a byte.</summary>
    Overlap,

    /// <summary>No byte between two tensors is unused.</summary>
    Hole,

    /// <summary>The last tensor ends where the file ends.</summary>
    TrailingData,

    /// <summary>The index of a sharded model is an object with a <c>weight_map</c> from tensor names to file names.</summary>
    Index,

    /// <summary>A shard's name is a plain file name: nothing outside the model's folder is read.</summary>
    ShardName,

    /// <summary>Every tensor of the index is in the file it names, and every tensor of a shard is in the index.</summary>
    ShardContent,
}

/// <summary>A safetensors file, or the index of a sharded model, breaks a rule of the format.</summary>
/// <param name="path">The offending file.</param>
/// <param name="rule">The broken rule.</param>
/// <param name="detail">What was found and what is allowed.</param>
/// <param name="inner">The cause, if any.</param>
public sealed class SafetensorsException(string path, SafetensorsRule rule, string detail, Exception? inner = null)
    : InvalidFileException(path, detail, inner)
{
    /// <summary>The broken rule.</summary>
    public SafetensorsRule Rule { get; } = rule;
}
