using System.Threading.Channels;

namespace Panorama.Inference.Engine;

/// <summary>
/// The tokens of a request as they come, those of its sequences interleaved. Read once, by one reader; leaving the
/// enumeration or disposing the stream ends the request.
/// </summary>
public sealed class GenerationStream : IAsyncEnumerable<GeneratedToken>, IDisposable
{
    private readonly StreamGeneration _generation;
    private readonly EngineInbox _inbox;
    private int _isRead;

    internal GenerationStream(StreamGeneration generation, EngineInbox inbox) => (_generation, _inbox) = (generation, inbox);

    /// <summary>What was asked.</summary>
    public GenerationRequest Request => _generation.Request;

    /// <summary>Tokens generated and not yet read.</summary>
    public int Unread => (int)_generation.Unread;

    /// <summary>Reads the tokens until every sequence has finished.</summary>
    /// <exception cref="OperationCanceledException">The request was cancelled.</exception>
    /// <exception cref="EngineFailedException">A step of the model failed.</exception>
    /// <exception cref="EngineStoppedException">The engine was stopped.</exception>
    /// <exception cref="Core.Errors.PanoramaException">No token could be chosen for this request.</exception>
    /// <exception cref="InvalidOperationException">The stream is read already.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) == 1)
            throw new InvalidOperationException("a generation's tokens can be read once");
        ChannelReader<GeneratedToken> reader = _generation.Reader;
        try
        {
            while (await reader.WaitToReadAsync(cancellationToken))
            {
                while (reader.TryRead(out GeneratedToken token))
                {
                    if (_generation.Taken())
                        _inbox.Post(new EngineCommand(EngineWish.Resume, _generation));
                    yield return token;
                }
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Ends one sequence, as when its text has met a stop text; its tokens stop coming after those under way, without a finish reason.</summary>
    /// <param name="index">Which; one that has not begun or is over is left as it is.</param>
    public void Stop(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        _inbox.Post(new EngineCommand(EngineWish.Stop, _generation, index));
    }

    /// <summary>Ends the request if it is not over.</summary>
    public void Dispose()
    {
        if (!_generation.Reader.Completion.IsCompleted)
            _inbox.Post(new EngineCommand(EngineWish.Cancel, _generation));
    }
}
