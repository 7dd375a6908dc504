namespace Panorama.Tokenization.Models;

/// <summary>
/// Cuts long text before each <c>▁</c> that follows another character. A model in which no token crosses such a place gives the
/// same tokens for the parts as for the whole, and the parts are short words that its cache remembers.
/// </summary>
internal static class MarkedWords
{
    /// <summary>Encodes the parts.</summary>
    public static void Encode(WordModel model, ReadOnlySpan<byte> text, WordCache cache, ref TokenSink output)
    {
        while (!text.IsEmpty)
        {
            int end = WordEnd(text);
            if (end > WordCache.LongestWord) model.EncodeUncut(text[..end], ref output);
            else model.Encode(text[..end], cache, ref output);
            text = text[end..];
        }
    }

    private static int WordEnd(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> mark = "\u2581"u8;
        int at = 0;
        while (text[at..].StartsWith(mark)) at += mark.Length;
        int next = text[at..].IndexOf(mark);
        return next < 0 ? text.Length : at + next;
    }
}
