using System.Runtime.InteropServices;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>A stretch of the text of a <see cref="PieceList"/>.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="End">Where it ends.</param>
/// <param name="AtStart">Whether it begins the whole text.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Piece(int Start, int End, bool AtStart);

/// <summary>The pieces that a text is cut into, step by step; a step may also rewrite the text. Used by one thread at a time.</summary>
internal sealed class PieceList
{
    private byte[] _text = [];
    private byte[] _rewritten = [];
    private int _written;
    private List<Piece> _pieces = [];
    private List<Piece> _next = [];

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, Length);

    /// <summary>Its length.</summary>
    public int Length { get; private set; }

    /// <summary>The pieces, in order.</summary>
    public ReadOnlySpan<Piece> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>Starts with one piece, the text.</summary>
    public void Reset(ReadOnlySpan<byte> text, bool atStart)
    {
        if (_text.Length < text.Length) _text = new byte[Grown(text.Length)];
        text.CopyTo(_text);
        Length = text.Length;
        _pieces.Clear();
        if (Length > 0) _pieces.Add(new Piece(0, Length, atStart));
    }

    /// <summary>Begins a step.</summary>
    public void Begin()
    {
        _next.Clear();
        _written = 0;
    }

    /// <summary>Keeps a part of a piece; nothing of an empty one.</summary>
    public void Keep(Piece from, int start, int end)
    {
        if (end > start) _next.Add(new Piece(start, end, from.AtStart && start == from.Start));
    }

    /// <summary>Ends a step that only cut.</summary>
    public void EndCut() => (_pieces, _next) = (_next, _pieces);

    /// <summary>Appends rewritten text.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_rewritten.Length - _written < bytes.Length) Array.Resize(ref _rewritten, Grown(_written + bytes.Length));
        bytes.CopyTo(_rewritten.AsSpan(_written));
        _written += bytes.Length;
    }

    /// <summary>Makes a piece of what was written since the last one.</summary>
    public void EndPiece(Piece from)
    {
        int start = _next.Count == 0 ? 0 : _next[^1].End;
        if (_written > start) _next.Add(new Piece(start, _written, from.AtStart));
    }

    /// <summary>Ends a step that rewrote every piece.</summary>
    public void EndRewrite()
    {
        (_text, _rewritten, Length) = (_rewritten, _text, _written);
        EndCut();
    }

    /// <summary>Gives memory back after an unusually long text.</summary>
    public void Trim()
    {
        const int Large = 1 << 20;
        if (_text.Length > Large) _text = [];
        if (_rewritten.Length > Large) _rewritten = [];
        if (_pieces.Capacity > Large) _pieces = [];
        if (_next.Capacity > Large) _next = [];
    }

    private static int Grown(int needed) => (int)Math.Min(Array.MaxLength, Math.Max(256, (long)needed * 3 / 2));
}
