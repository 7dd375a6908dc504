using System.Runtime.InteropServices;
using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Quantizing;

/// <summary>What <see cref="Quantizer"/> is to make.</summary>
public sealed record QuantizerOptions
{
    /// <summary>The format of the matrices, up to the exceptions of <see cref="FormatMix"/>.</summary>
    public required TensorFormat Format { get; init; }

    /// <summary>Formats for tensors by name, before all rules; the first that matches counts.</summary>
    public IReadOnlyList<TensorOverride> Overrides { get; init; } = [];

    /// <summary>Threads that quantize; at least 1.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>A format for certain tensors.</summary>
/// <param name="Pattern">A tensor's name, in which * stands for any characters and ? for one.</param>
/// <param name="Format">Their format.</param>
public sealed record TensorOverride(string Pattern, TensorFormat Format);

/// <summary>How far a file is.</summary>
/// <param name="Written">Bytes of tensors written.</param>
/// <param name="Total">Bytes that they will be.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct QuantizerProgress(long Written, long Total);
