using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.Numerics;
using Panorama.Data.Shards;

namespace Panorama.Data.Sampling;

/// <summary>How training windows are cut and ordered. Validated when made.</summary>
public sealed record WindowSamplerOptions
{
    /// <summary>Tokens the model attends over; a window has one more, so that each of them has a target.</summary>
    public required int ContextLength { get; init => field = Require.That(value is >= 1 and <= 1 << 24, value, "context_length", "1 to 16,777,216"); }

    /// <summary>Decides the order, and nothing else does.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether each epoch cuts the stream at other places, so that no boundary is seen twice. Costs at most one window an epoch.</summary>
    public bool ShiftEachEpoch { get; init; } = true;
}

/// <summary>
/// Gives training windows of ContextLength + 1 tokens by their global sample index. Windows lie ContextLength apart in the
/// token stream; each epoch visits every window once, in a pseudo-random order that depends on the seed and the epoch only,
/// not on batch size, ranks, or restarts: sample i is the same tokens wherever and whenever it is asked for.
/// Safe for use by several threads.
/// </summary>
public sealed class WindowSampler
{
    private readonly ITokenStream _tokens;
    private readonly WindowSamplerOptions _options;

    /// <summary>Prepares the windows of a token stream.</summary>
    /// <param name="tokens">Read while sampling; not disposed.</param>
    /// <param name="options">Window and order.</param>
    /// <exception cref="InputException">The stream is too short for one window.</exception>
    public WindowSampler(ITokenStream tokens, WindowSamplerOptions options)
    {
        _tokens = tokens;
        _options = options;
        // The largest shift must leave the same number of windows as none, so that every epoch has the same length.
        long usable = tokens.TokenCount - 1;
        SamplesPerEpoch = usable / options.ContextLength;
        MaxShift = 0;
        if (options.ShiftEachEpoch && SamplesPerEpoch > 1)
        {
            MaxShift = options.ContextLength - 1;
            SamplesPerEpoch = (usable - MaxShift) / options.ContextLength;
        }

        if (SamplesPerEpoch < 1)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"{tokens.TokenCount} tokens are too few for one window of context_length {options.ContextLength} + 1; add text or shorten the context."));
        }
    }

    /// <summary>Windows in one pass over the tokens.</summary>
    public long SamplesPerEpoch { get; }

    /// <summary>Tokens of a window: the context and one more.</summary>
    public int WindowLength => _options.ContextLength + 1;

    private long MaxShift { get; }

    /// <summary>Copies the tokens of a sample.</summary>
    /// <param name="globalIndex">0 for the first sample of the run; beyond <see cref="SamplesPerEpoch"/> the next epoch starts.</param>
    /// <param name="tokens">Exactly <see cref="WindowLength"/> tokens.</param>
    public void GetSample(long globalIndex, Span<int> tokens)
    {
        if (tokens.Length != WindowLength)
            throw new ArgumentException($"a window has {WindowLength} tokens, not {tokens.Length}", nameof(tokens));
        _tokens.Read(StartOf(globalIndex), tokens);
    }

    /// <summary>Index in the token stream at which a sample starts.</summary>
    /// <param name="globalIndex">At least 0.</param>
    public long StartOf(long globalIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(globalIndex);
        (long epoch, long within) = Math.DivRem(globalIndex, SamplesPerEpoch);
        long window = new IndexPermutation(SamplesPerEpoch, _options.Seed, (ulong)epoch)[within];
        long shift = MaxShift == 0 ? 0 : new CounterRandom(~_options.Seed, (ulong)epoch).Below(0, MaxShift + 1);
        return shift + (window * _options.ContextLength);
    }
}
