using System.Buffers.Binary;
using System.Collections;
using System.Text;
using System.Text.Unicode;

namespace Panorama.Quantization.Gguf;

/// <summary>
/// An array of strings in the layout of the file: the bytes of each are reached without decoding the others. Takes 4 bytes
/// of memory a string, however long they are.
/// </summary>
public sealed class GgufStrings : IReadOnlyList<string>
{
    private readonly ReadOnlyMemory<byte> _payload;
    private readonly int[] _starts;

    // The lengths were checked when the file was opened.
    internal GgufStrings(ReadOnlyMemory<byte> payload, int count)
    {
        _payload = payload;
        _starts = new int[count];
        ReadOnlySpan<byte> bytes = payload.Span;
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            _starts[i] = at;
            at += sizeof(long) + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        }
    }

    internal static GgufStrings Empty { get; } = new(default, 0);

    /// <inheritdoc/>
    public int Count => _starts.Length;

    /// <summary>A string; bytes that are no valid UTF-8 become replacement characters (see <see cref="Bytes"/>).</summary>
    /// <param name="index">0 to Count − 1.</param>
    public string this[int index] => Encoding.UTF8.GetString(Bytes(index));

    /// <summary>The bytes of a string, usually UTF-8. Valid until the file is closed.</summary>
    /// <param name="index">0 to Count − 1.</param>
    public ReadOnlySpan<byte> Bytes(int index)
    {
        ReadOnlySpan<byte> rest = _payload.Span[_starts[index]..];
        return rest.Slice(sizeof(long), (int)BinaryPrimitives.ReadInt64LittleEndian(rest));
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static byte[] Pack(IReadOnlyCollection<string> values)
    {
        long size = 0;
        foreach (string value in values)
        {
            size += sizeof(long) + Encoding.UTF8.GetByteCount(value);
        }

        byte[] payload = new byte[size];
        int at = 0;
        foreach (string value in values)
        {
            int length = Encoding.UTF8.GetBytes(value, payload.AsSpan(at + sizeof(long)));
            BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(at), length);
            at += sizeof(long) + length;
        }

        return payload;
    }

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        bool valid = Utf8.IsValid(bytes);
        text = valid ? Encoding.UTF8.GetString(bytes) : "";
        return valid;
    }
}
