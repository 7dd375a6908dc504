using System.Buffers;

namespace Panorama.Data.Files;

/// <summary>
/// Cuts a JSON array into its items without reading the whole of it. Only brackets, quotes and escapes are followed, so that an
/// item that is no JSON costs itself alone. An item longer than a limit is passed over without keeping it.
/// </summary>
/// <param name="stream">UTF-8; read to its end, not disposed.</param>
/// <param name="longestItem">Most bytes of an item.</param>
internal sealed class JsonArrayReader(Stream stream, int longestItem)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly ArrayBufferWriter<byte> _item = new();
    private int _next, _end;
    private long _line = 1;
    private bool _inside, _over;

    /// <summary>The line on which the last item starts, from 1.</summary>
    public long LineNumber { get; private set; } = 1;

    /// <summary>The last item, valid until the next call; empty when it was too long.</summary>
    public ReadOnlySpan<byte> Item => TooLong ? default : _item.WrittenSpan;

    /// <summary>Length of the last item in bytes, also when it was too long.</summary>
    public long ItemBytes { get; private set; }

    /// <summary>Whether the last item was longer than the limit.</summary>
    public bool TooLong => ItemBytes > longestItem;

    /// <summary>Why the array ended where it should not have, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads an item; false at the end, or when there is a fault.</summary>
    public bool Read()
    {
        _item.ResetWrittenCount();
        ItemBytes = 0;
        int next = Skip();
        if (!_inside && next == '[')
        {
            _inside = true;
            Take();
            next = Skip();
        }

        LineNumber = _line;
        if (_over || next == ']')
        {
            return End(next);
        }

        return next >= 0 ? Cut() : Fail("the array does not end");
    }

    private bool End(int next)
    {
        if (!_over)
        {
            Take();
            next = Skip();
        }

        _over = true;
        return next >= 0 && Fail("something follows the end of the array");
    }

    private bool Cut()
    {
        int depth = 0;
        bool text = false, escaped = false;
        for (int next = Peek(); next >= 0; next = Peek())
        {
            bool separator = next is ',' or ']' && depth == 0 && !text;
            if (separator)
            {
                return true;
            }

            Keep((byte)Take());
            if (text)
            {
                text = escaped || next != '"';
                escaped = !escaped && next == '\\';
            }
            else
            {
                text = next == '"';
                depth = Math.Max(0, depth + (next is '{' or '[' ? 1 : next is '}' or ']' ? -1 : 0));
            }
        }

        return (depth == 0 && !text) || Fail("the array ends within an item");
    }

    private bool Fail(string fault)
    {
        Fault = fault;
        return false;
    }

    private void Keep(byte value)
    {
        if (++ItemBytes <= longestItem)
        {
            _item.GetSpan(1)[0] = value;
            _item.Advance(1);
        }
    }

    // Blank space and, between items, commas.
    private int Skip()
    {
        int next = Peek();
        while (next is ' ' or '\t' or '\r' or '\n' or ',')
        {
            Take();
            next = Peek();
        }

        return next;
    }

    private int Peek()
    {
        if (_next == _end)
        {
            (_next, _end) = (0, stream.Read(_buffer, 0, _buffer.Length));
        }

        return _end == 0 ? -1 : _buffer[_next];
    }

    private int Take()
    {
        int value = _buffer[_next++];
        _line += value == '\n' ? 1 : 0;
        return value;
    }
}
