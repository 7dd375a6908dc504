using System.Diagnostics;
using System.Threading.Channels;

namespace Panorama.Inference.Engine;

/// <summary>
/// A request whose tokens go through a bounded channel to a reader. When the channel could overflow in the next step, the
/// sequences pause; the reader wakes them when it has read half.
/// </summary>
internal sealed class StreamGeneration : Generation
{
    private readonly Channel<GeneratedToken> _channel;
    private readonly int _capacity;
    private readonly int _burst;
    private readonly Action<StreamGeneration> _completed;
    private long _written;
    private long _read;
    private int _waits;
    private int _counts = 1;

    /// <summary>Makes the way for a request.</summary>
    /// <param name="request">Checked.</param>
    /// <param name="capacity">Tokens kept for the reader.</param>
    /// <param name="tokensPerStep">Most tokens that one sequence gets in a step.</param>
    /// <param name="completed">Called once by the engine's thread, when nothing more comes.</param>
    public StreamGeneration(GenerationRequest request, int capacity, int tokensPerStep, Action<StreamGeneration> completed)
        : base(request)
    {
        _burst = request.Count * tokensPerStep;
        _capacity = Math.Max(capacity, 2 * _burst);
        _completed = completed;
        _channel = Channel.CreateBounded<GeneratedToken>(new BoundedChannelOptions(_capacity) { SingleReader = true, SingleWriter = true });
    }

    /// <summary>What the reader reads.</summary>
    public ChannelReader<GeneratedToken> Reader => _channel.Reader;

    /// <summary>Ends with the request.</summary>
    public CancellationTokenRegistration Registration { get; set; }

    /// <summary>Tokens that the reader has not taken.</summary>
    public long Unread => Volatile.Read(ref _written) - Volatile.Read(ref _read);

    /// <inheritdoc/>
    public override void Emit(in GeneratedToken token)
    {
        bool fits = _channel.Writer.TryWrite(token);
        Debug.Assert(fits, "a sequence that fills the channel pauses before");
        Volatile.Write(ref _written, _written + 1);
        if (Unread + _burst > _capacity)
            Throttle();
    }

    /// <summary>Pauses the sequences or lets them go on, by what is unread. For the engine's thread.</summary>
    public void Throttle()
    {
        bool full = Unread + _burst > _capacity;
        if (full)
        {
            // The reader reads first and looks at the flag then: one of the two sees the other.
            Interlocked.Exchange(ref _waits, 1);
            full = Unread > _capacity / 2;
        }

        foreach (LiveSequence sequence in Sequences)
            sequence.Paused = full;
    }

    /// <summary>The reader has taken one token.</summary>
    /// <returns>Whether the engine must be told that there is room.</returns>
    public bool Taken()
    {
        Interlocked.Increment(ref _read);
        return Unread <= _capacity / 2 && Interlocked.Exchange(ref _waits, 0) == 1;
    }

    /// <summary>Stops counting as an open request.</summary>
    /// <returns>Whether it did count.</returns>
    public bool Leave() => Interlocked.Exchange(ref _counts, 0) == 1;

    /// <inheritdoc/>
    protected override void OnCompleted(Exception? error)
    {
        // First: who has read the end finds the request counted as over.
        _completed(this);
        Registration.Unregister();
        _channel.Writer.TryComplete(error);
    }
}
