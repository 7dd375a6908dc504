using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Panorama.Evaluation.Baselines;

/// <summary>Documents joined by line feeds, up to a limit.</summary>
/// <param name="Bytes">UTF-8, with the line feeds.</param>
/// <param name="DocumentBytes">UTF-8 bytes of the documents alone.</param>
/// <param name="Capped">Whether text was left out.</param>
internal sealed record JoinedText(ReadOnlyMemory<byte> Bytes, long DocumentBytes, bool Capped)
{
    /// <summary>Reads documents until one passes the limit; that one is cut at a character. Empty ones are skipped.</summary>
    /// <param name="documents">Not read beyond the limit.</param>
    /// <param name="limit">Most bytes, line feeds included but for the last.</param>
    /// <param name="cancellation">Stops between two documents.</param>
    public static JoinedText Read(IEnumerable<string> documents, int limit, CancellationToken cancellation)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Min(limit, 1 << 16) + 1);
        long total = 0;
        foreach (string document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<char> rest = document;
            while (!rest.IsEmpty)
            {
                // In pieces: one huge document must not be encoded as a whole to keep its first bytes.
                ReadOnlySpan<char> piece = rest[..Math.Min(rest.Length, 1 << 14)];
                bool isLast = piece.Length == rest.Length;
                if (!isLast && char.IsHighSurrogate(piece[^1]))
                {
                    piece = piece[..^1];
                }

                int room = Math.Max(0, limit - buffer.WrittenCount);
                Span<byte> space = buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(piece.Length));
                OperationStatus status = Utf8.FromUtf16(piece, space[..Math.Min(room, space.Length)], out int read, out int written);
                buffer.Advance(written);
                total += written;
                if (status == OperationStatus.DestinationTooSmall)
                {
                    return new JoinedText(buffer.WrittenMemory, total, Capped: true);
                }

                rest = rest[read..];
            }

            if (document.Length > 0)
            {
                buffer.GetSpan(1)[0] = (byte)'\n';
                buffer.Advance(1);
            }
        }

        return new JoinedText(buffer.WrittenMemory, total, Capped: false);
    }
}
