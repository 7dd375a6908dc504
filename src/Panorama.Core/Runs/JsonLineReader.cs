namespace Panorama.Core.Runs;

/// <summary>Splits a stream into lines with bounded memory.</summary>
internal sealed class JsonLineReader(Stream stream)
{
    /// <summary>Longest line in bytes; a longer one counts as malformed.</summary>
    public const int MaxLineBytes = 1 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Number of the last line, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Whether the last line ended with a line feed: a half-written one does not.</summary>
    public bool Terminated { get; private set; }

    /// <summary>Reads the next line without its line feed, valid until the next call.</summary>
    /// <param name="line">The line.</param>
    /// <exception cref="InvalidDataException">The line is longer than <see cref="MaxLineBytes"/>.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                line = _buffer.AsMemory(_start, searched + feed);
                _start += searched + feed + 1;
                return Found(terminated: true);
            }

            searched = _end - _start;
            if (_atEnd)
            {
                line = _buffer.AsMemory(_start, searched);
                _start = _end;
                return searched > 0 && Found(terminated: false);
            }

            if (searched > MaxLineBytes)
            {
                throw new InvalidDataException($"line {LineNumber + 1} is longer than {MaxLineBytes} bytes");
            }

            Fill();
        }
    }

    private bool Found(bool terminated)
    {
        LineNumber++;
        Terminated = terminated;
        return true;
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        _atEnd = read == 0;
    }
}
