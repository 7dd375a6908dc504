using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization;

/// <summary>
/// Lends encoders to threads: at most one a processor is kept, so that warm caches are found again and their memory is
/// bounded; further threads get one for the call.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="pattern">How text is cut.</param>
internal sealed class WordEncoderPool(BpeModel model, SplitPattern pattern)
{
    private readonly WordEncoder?[] _idle = new WordEncoder?[Environment.ProcessorCount];

    /// <summary>Takes an idle encoder, or makes one.</summary>
    public WordEncoder Rent()
    {
        for (int i = 0; i < _idle.Length; i++)
            if (_idle[i] is not null && Interlocked.Exchange(ref _idle[i], null) is { } encoder) return encoder;
        return new WordEncoder(model, pattern);
    }

    /// <summary>Gives an encoder back.</summary>
    public void Return(WordEncoder encoder)
    {
        for (int i = 0; i < _idle.Length; i++)
            if (_idle[i] is null && Interlocked.CompareExchange(ref _idle[i], encoder, null) is null) return;
    }
}
