using Panorama.Inference.Kernels;

namespace Panorama.Inference.Model;

/// <summary>The weights of one block; what its family lacks is null.</summary>
internal sealed class LayerWeights : IDisposable
{
    public required NormWeights AttentionNorm { get; init; }

    public required PackedMatrix Query { get; init; }

    public required PackedMatrix Key { get; init; }

    public required PackedMatrix Value { get; init; }

    public NativeBuffer? QueryBias { get; init; }

    public NativeBuffer? KeyBias { get; init; }

    public NativeBuffer? ValueBias { get; init; }

    public NativeBuffer? QueryNorm { get; init; }

    public NativeBuffer? KeyNorm { get; init; }

    public required PackedMatrix AttentionOutput { get; init; }

    public NativeBuffer? AttentionOutputBias { get; init; }

    public required NormWeights FeedForwardNorm { get; init; }

    public PackedMatrix? Gate { get; init; }

    public required PackedMatrix Up { get; init; }

    public NativeBuffer? UpBias { get; init; }

    public required PackedMatrix Down { get; init; }

    public NativeBuffer? DownBias { get; init; }

    public IEnumerable<PackedMatrix> Matrices
    {
        get
        {
            yield return Query;
            yield return Key;
            yield return Value;
            yield return AttentionOutput;
            if (Gate is not null)
            {
                yield return Gate;
            }

            yield return Up;
            yield return Down;
        }
    }

    public void Dispose()
    {
        foreach (PackedMatrix matrix in Matrices)
        {
            matrix.Dispose();
        }

        foreach (NativeBuffer? vector in (ReadOnlySpan<NativeBuffer?>)[QueryBias, KeyBias, ValueBias, QueryNorm, KeyNorm, AttentionOutputBias, UpBias, DownBias])
        {
            vector?.Dispose();
        }

        AttentionNorm.Dispose();
        FeedForwardNorm.Dispose();
    }
}

/// <summary>A norm's gain and bias.</summary>
/// <param name="Gain">[hidden].</param>
/// <param name="Bias">[hidden], or null.</param>
internal sealed record NormWeights(NativeBuffer Gain, NativeBuffer? Bias) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Gain.Dispose();
        Bias?.Dispose();
    }
}
