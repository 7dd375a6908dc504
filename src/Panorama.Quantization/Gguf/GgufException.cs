using Panorama.Core.Errors;

namespace Panorama.Quantization.Gguf;

/// <summary>The rules of a GGUF file, for telling breaches apart.</summary>
public enum GgufRule
{
    /// <summary>A file starts with "GGUF".</summary>
    Magic,

    /// <summary>The version is 2 or 3, little endian.</summary>
    Version,

    /// <summary>Every part of the header ends within the file, and the header within its limit.</summary>
    HeaderBeyondFile,

    /// <summary>The counts of tensors and of metadata entries fit the bytes that follow.</summary>
    Count,

    /// <summary>Keys and names have 1 to as many bytes as allowed.</summary>
    NameLength,

    /// <summary>Text is valid UTF-8.</summary>
    NotUtf8,

    /// <summary>A value's kind is a known one, and arrays are not nested deeper than allowed.</summary>
    ValueKind,

    /// <summary>A boolean is 0 or 1.</summary>
    Boolean,

    /// <summary>No metadata key appears twice.</summary>
    DuplicateKey,

    /// <summary>No tensor name appears twice.</summary>
    DuplicateTensor,

    /// <summary>The alignment is a power of two within its limits.</summary>
    Alignment,

    /// <summary>A tensor has at most four dimensions, and its size fits 63 bits.</summary>
    Shape,

    /// <summary>A tensor's format is a supported one.</summary>
    UnsupportedFormat,

    /// <summary>A tensor's rows consist of whole blocks.</summary>
    PartBlocks,

    /// <summary>A tensor starts at a multiple of the alignment.</summary>
    Offset,

    /// <summary>A tensor ends within the file.</summary>
    BeyondFile,

    /// <summary>No two tensors share a byte.</summary>
    Overlap,

    /// <summary>A tensor asked for is there.</summary>
    MissingTensor,

    /// <summary>A metadata entry asked for is there.</summary>
    MissingKey,

    /// <summary>A metadata entry has the kind asked for.</summary>
    KeyKind,
}

/// <summary>A GGUF file breaks a rule of the format, or lacks what is asked of it.</summary>
/// <param name="path">The offending file.</param>
/// <param name="rule">The broken rule.</param>
/// <param name="detail">What was found and what is allowed.</param>
/// <param name="inner">The cause, if any.</param>
public sealed class GgufException(string path, GgufRule rule, string detail, Exception? inner = null)
    : InvalidFileException(path, detail, inner)
{
    /// <summary>The broken rule.</summary>
    public GgufRule Rule { get; } = rule;
}
