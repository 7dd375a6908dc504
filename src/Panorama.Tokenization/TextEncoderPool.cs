namespace Panorama.Tokenization;

/// <summary>
/// Lends encoders to threads: at most one a processor is kept, so that warm caches are found again and their memory is
/// bounded; further threads get one for the call.
/// </summary>
/// <param name="pipeline">What they run.</param>
internal sealed class TextEncoderPool(TextPipeline pipeline)
{
    private readonly TextEncoder?[] _idle = new TextEncoder?[Environment.ProcessorCount];

    /// <summary>Takes an idle encoder, or makes one.</summary>
    public TextEncoder Rent()
    {
        for (int i = 0; i < _idle.Length; i++)
            if (_idle[i] is not null && Interlocked.Exchange(ref _idle[i], null) is { } encoder) return encoder;
        return new TextEncoder(pipeline);
    }

    /// <summary>Gives an encoder back.</summary>
    public void Return(TextEncoder encoder)
    {
        for (int i = 0; i < _idle.Length; i++)
            if (_idle[i] is null && Interlocked.CompareExchange(ref _idle[i], encoder, null) is null) return;
    }
}
