using System.Runtime.InteropServices;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization;

/// <summary>
/// Streams decoders that look at more than one token: decodes a window of the last tokens again and hands on what is new. The window
/// slides only where its rest decodes to the end of the whole, so nothing changes by sliding.
/// </summary>
internal sealed class DecodingWindow(Tokenizer tokenizer, bool skipSpecial)
{
    private const int Longest = 64, Kept = 16;
    private readonly List<int> _ids = [];
    private int _given; // characters of the window's text handed on

    /// <summary>Takes one token and returns the text that is settled now.</summary>
    public string Append(int id)
    {
        _ = tokenizer.IdToToken(id); // refuses an id outside the vocabulary before it is kept
        _ids.Add(id);
        if (tokenizer.EndMayChange) return "";
        // Bytes at the end may belong to a character that is not complete.
        int settled = _ids.Count;
        while (settled > 0 && ByteTokens.Value(tokenizer.IdToToken(_ids[settled - 1])) >= 0) settled--;
        string text = Text(0, settled);
        // A character written by several tokens in the byte alphabet shows as replacements until it is whole.
        int end = text.Length;
        if (settled == _ids.Count)
            while (end > _given && text[end - 1] == '\uFFFD' && text.Length - end < 4) end--;
        if (end < _given) return "";
        string piece = text[_given..end];
        _given = end;
        if (_ids.Count > Longest && settled == _ids.Count && end == text.Length) Slide(text);
        return piece;
    }

    /// <summary>Ends the text.</summary>
    public string Flush()
    {
        string rest = Text(0, _ids.Count)[_given..];
        _ids.Clear();
        _given = 0;
        return rest;
    }

    private string Text(int from, int to) => tokenizer.Decode(CollectionsMarshal.AsSpan(_ids)[from..to], skipSpecial);

    private void Slide(string text)
    {
        int from = _ids.Count - Kept;
        string rest = Text(from, _ids.Count);
        if (rest.Length == 0 || char.IsWhiteSpace(rest[0]) || ByteTokens.Value(tokenizer.IdToToken(_ids[from])) >= 0 || !text.EndsWith(rest, StringComparison.Ordinal)) return;
        _ids.RemoveRange(0, from);
        _given = rest.Length;
    }
}
