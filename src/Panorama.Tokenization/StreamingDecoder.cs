using System.Text;
using Panorama.Core.Errors;

namespace Panorama.Tokenization;

/// <summary>
/// Decodes tokens as they come, in whole characters: what a token leaves incomplete is held back until later tokens
/// complete it. The pieces together are exactly what <see cref="Tokenizer.Decode"/> gives for all tokens, U+FFFD for bytes that
/// are no UTF-8 included. Used by one thread at a time.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly DecodingWindow? _window;
    private char[] _chars = new char[64];

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecial)
    {
        _tokenizer = tokenizer;
        _skipSpecial = skipSpecial;
        if (!tokenizer.DecodesByBytes) _window = new DecodingWindow(tokenizer, skipSpecial);
    }

    /// <summary>Takes one token and returns the characters that are complete now; often one word, sometimes nothing.</summary>
    /// <exception cref="InputException">The id is outside the vocabulary; the decoder goes on as if it had not come.</exception>
    public string Append(int id) => _window is null ? Convert(_tokenizer.BytesOf(id, _skipSpecial), flush: false) : _window.Append(id);

    /// <summary>Ends the text: U+FFFD when it stops inside a character, else nothing. Afterwards a new text can begin.</summary>
    public string Flush() => _window is null ? Convert([], flush: true) : _window.Flush();

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        int needed = Encoding.UTF8.GetMaxCharCount(bytes.Length + 3);
        if (_chars.Length < needed) _chars = new char[needed];
        return new string(_chars, 0, _decoder.GetChars(bytes, _chars, flush));
    }
}
