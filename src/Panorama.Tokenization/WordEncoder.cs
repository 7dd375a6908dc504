using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization;

/// <summary>Cuts text into words and encodes them with a word cache of its own. Used by one thread at a time.</summary>
/// <param name="model">The model, shared.</param>
/// <param name="pattern">How text is cut.</param>
internal sealed class WordEncoder(BpeModel model, SplitPattern pattern)
{
    private const int SinkSize = 512;
    private readonly WordCache _cache = new();

    /// <summary>Appends the tokens of a text without added tokens.</summary>
    public void Encode(ReadOnlySpan<byte> text, List<int> output)
    {
        var sink = new TokenSink(output, stackalloc int[SinkSize]);
        switch (pattern)
        {
            case SplitPattern.Llama3: Encode<Llama3Scanner>(text, ref sink); break;
            case SplitPattern.Qwen2: Encode<Qwen2Scanner>(text, ref sink); break;
            default: Encode<Gpt2Scanner>(text, ref sink); break;
        }

        sink.Flush();
    }

    private void Encode<TScanner>(ReadOnlySpan<byte> text, ref TokenSink sink)
        where TScanner : struct, IScanner
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = TScanner.WordEnd(text, start);
            model.Encode(text[start..end], _cache, ref sink);
            start = end;
        }
    }
}
