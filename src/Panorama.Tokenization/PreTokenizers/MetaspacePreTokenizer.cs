using System.Text;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>Where <see cref="MetaspacePreTokenizer"/> puts its mark before a text.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the piece that begins the text.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,
}

/// <summary>Writes spaces as a mark (<c>▁</c>) that begins words.</summary>
/// <param name="mark">The mark.</param>
/// <param name="scheme">Where a mark is put before the text.</param>
/// <param name="split">Whether each mark begins a piece.</param>
internal sealed class MetaspacePreTokenizer(string mark, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly byte[] _mark = Encoding.UTF8.GetBytes(mark);

    /// <inheritdoc/>
    public override void Apply(PieceList pieces)
    {
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            ReadOnlySpan<byte> part = text[piece.Start..piece.End];
            bool wanted = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.AtStart);
            if (wanted && part[0] != ' ' && !part.StartsWith(_mark)) pieces.Write(_mark);
            while (part.IndexOf((byte)' ') is >= 0 and var space)
            {
                pieces.Write(part[..space]);
                pieces.Write(_mark);
                part = part[(space + 1)..];
            }

            pieces.Write(part);
            pieces.EndPiece(piece);
        }

        pieces.EndRewrite();
        if (split) Cut(pieces);
    }

    private void Cut(PieceList pieces)
    {
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            int start = piece.Start;
            for (int at = start + 1; at < piece.End; at++)
            {
                if (text[at] != _mark[0] || !text[at..piece.End].StartsWith(_mark)) continue;
                pieces.Keep(piece, start, at);
                start = at;
            }

            pieces.Keep(piece, start, piece.End);
        }

        pieces.EndCut();
    }
}
