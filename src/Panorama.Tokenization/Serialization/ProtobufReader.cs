using System.Buffers.Binary;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads the wire format of Protocol Buffers, field by field. Every length is checked against what is left.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="bytes">A message.</param>
internal ref struct ProtobufReader(string file, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>The number of the field that was read.</summary>
    public int Field { get; private set; }

    /// <summary>Its value, when it is a number; the bits of fixed ones.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its bytes, when it is a text, a blob or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Whether it has bytes.</summary>
    public bool HasBytes { get; private set; }

    /// <summary>The value of a 32-bit floating point field.</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Reads the next field; false at the end.</summary>
    /// <exception cref="InvalidFileException">The bytes are no such message.</exception>
    public bool Read()
    {
        if (_at == _bytes.Length) return false;
        ulong key = Varint();
        if (key >> 3 is 0 or > 0x1FFF_FFFF) throw Fail($"has the field number {key >> 3}");
        Field = (int)(key >> 3);
        Number = 0;
        Bytes = default;
        HasBytes = false;
        switch (key & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(Varint());
                HasBytes = true;
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Fail($"has a field of wire type {key & 7}");
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Fail("has a number of more than 10 bytes");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_bytes.Length - _at)) throw Fail($"ends inside a field of {length} bytes");
        ReadOnlySpan<byte> taken = _bytes.Slice(_at, (int)length);
        _at += taken.Length;
        return taken;
    }

    private readonly InvalidFileException Fail(string what) => new(file, $"is no valid SentencePiece model: a message {what} at byte {_at}.");
}
