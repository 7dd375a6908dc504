namespace Panorama.Data.Shards;

/// <summary>A long sequence of token ids that can be read at any place. Safe for use by several threads.</summary>
public interface ITokenStream
{
    /// <summary>Number of tokens.</summary>
    long TokenCount { get; }

    /// <summary>Copies the tokens [start, start + destination.Length).</summary>
    /// <param name="start">Index of the first token.</param>
    /// <param name="destination">Filled whole.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the stream.</exception>
    void Read(long start, Span<int> destination);
}

/// <summary>Tokens held in memory.</summary>
/// <param name="tokens">The token ids; not copied.</param>
public sealed class MemoryTokenStream(ReadOnlyMemory<int> tokens) : ITokenStream
{
    /// <inheritdoc/>
    public long TokenCount => tokens.Length;

    /// <inheritdoc/>
    public void Read(long start, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tokens.Length - destination.Length);
        tokens.Span.Slice((int)start, destination.Length).CopyTo(destination);
    }
}
