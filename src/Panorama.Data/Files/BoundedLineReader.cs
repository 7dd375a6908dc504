namespace Panorama.Data.Files;

/// <summary>Reads lines of bytes of which none may be longer than a limit; a longer one is passed over without keeping it.</summary>
/// <param name="stream">Read to its end; not disposed.</param>
/// <param name="longestLine">Most bytes of a line, the line feed not counted.</param>
internal sealed class BoundedLineReader(Stream stream, int longestLine)
{
    private byte[] _buffer = new byte[Math.Min(longestLine + 1, 1 << 16)];
    private int _start, _end;
    private bool _ended;

    /// <summary>The number of the last line read, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>The last line without its end, valid until the next call; empty when it was too long.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Length of the last line in bytes, also when it was too long.</summary>
    public long LineBytes { get; private set; }

    /// <summary>Whether the last line was longer than the limit.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Reads a line; false at the end.</summary>
    public bool Read()
    {
        TooLong = false;
        LineBytes = 0;
        int searched = _start;
        while (true)
        {
            int at = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (at >= 0)
                return Take(searched + at, searched + at + 1);
            if (_ended)
                return (_end > _start || LineBytes > 0) && Take(_end, _end);
            if (_end - _start > longestLine)
            {
                TooLong = true;
                LineBytes += _end - _start;
                _start = _end = 0;
            }

            searched = Fill();
        }
    }

    // Makes room, reads on, and tells where the new bytes start.
    private int Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(longestLine + 1L, 2L * _buffer.Length));
        int before = _end, read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
        return before;
    }

    private bool Take(int end, int next)
    {
        LineNumber++;
        LineBytes += end - _start;
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, end - _start);
        if (line.Length > 0 && line.Span[^1] == '\r')
            line = line[..^1];
        Line = TooLong ? default : line;
        _start = next;
        return true;
    }
}
