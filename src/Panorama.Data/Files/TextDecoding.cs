using System.Text;
using Panorama.Data.Rejects;

namespace Panorama.Data.Files;

/// <summary>Decodes text by its byte order mark; without one it must be UTF-8. Nothing is replaced: wrong bytes are an error.</summary>
internal static class TextDecoding
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes a whole file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="text">The text without its mark.</param>
    /// <param name="reason">Why there is none.</param>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out string text, out DropReason reason)
    {
        (Encoding encoding, int mark) = Detect(bytes);
        text = "";
        reason = DropReason.Undecodable;
        try
        {
            text = encoding.GetString(bytes[mark..]);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        reason = DropReason.Binary;
        return !text.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>A stream of the same text in UTF-8; what is UTF-8 already is passed on as it is, its mark removed.</summary>
    /// <param name="stream">Disposed with the result.</param>
    /// <exception cref="DecoderFallbackException">While reading: the bytes are not what the mark says.</exception>
    public static Stream AsUtf8(Stream stream)
    {
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        (Encoding encoding, int mark) = Detect(start[..read]);
        var rest = new PrefixedStream(start[mark..read].ToArray(), stream);
        return ReferenceEquals(encoding, Utf8) ? rest : Encoding.CreateTranscodingStream(rest, encoding, Utf8);
    }

    // Unicode Standard, section 23.8: the four-byte marks first, for UTF-32LE starts like UTF-16LE.
    private static (Encoding Encoding, int Mark) Detect(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [0xEF, 0xBB, 0xBF, ..] => (Utf8, 3),
        _ => (Utf8, 0),
    };

    /// <summary>Some bytes, then a stream.</summary>
    private sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardStream
    {
        private int _taken;

        public override int Read(Span<byte> buffer)
        {
            int left = Math.Min(prefix.Length - _taken, buffer.Length);
            if (left == 0)
                return rest.Read(buffer);
            prefix.AsSpan(_taken, left).CopyTo(buffer);
            _taken += left;
            return left;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
