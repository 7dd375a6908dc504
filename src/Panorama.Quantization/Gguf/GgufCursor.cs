using System.Buffers.Binary;
using System.Globalization;
using Panorama.Core.IO;

namespace Panorama.Quantization.Gguf;

/// <summary>Reads the parts of a header one by one; nothing is read beyond its end.</summary>
/// <param name="bytes">The file from its start, at most <see cref="GgufFormat.MaxHeaderBytes"/>.</param>
/// <param name="path">The file, for messages.</param>
internal ref struct GgufCursor(ReadOnlySpan<byte> bytes, string path)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly int Left => _bytes.Length - Position;

    /// <summary>The next bytes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="GgufException">So many are not left.</exception>
    public ReadOnlySpan<byte> Take(ulong count, string what)
    {
        if (count > (ulong)Left)
        {
            throw Breach(GgufRule.HeaderBeyondFile, $"{what} takes {count} bytes from byte {Position} on, but only {Left} are left{(_bytes.Length == GgufFormat.MaxHeaderBytes ? $" of the {Shown.Bytes(_bytes.Length)} that a header may have" : "")}. The file may be truncated: copy or download it again.");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>A number of things of which each takes some bytes: bounded by what is left.</summary>
    public int Count(int leastBytesEach, string what)
    {
        ulong count = UInt64($"the number of {what}");
        return count <= (ulong)(Left / leastBytesEach)
            ? (int)count
            : throw Breach(GgufRule.Count, $"says that {count} {what} follow byte {Position}; the {Left} bytes left hold at most {Left / leastBytesEach}. The file may be truncated: copy or download it again.");
    }

    /// <summary>A key or a name.</summary>
    public string Name(int mostBytes, string what)
    {
        ulong length = UInt64($"the length of {what}");
        if (length == 0 || length > (ulong)mostBytes)
        {
            throw Breach(GgufRule.NameLength, $"{what} has {length} bytes; 1 to {mostBytes} are allowed.");
        }

        int at = Position;
        return GgufStrings.TryDecode(Take(length, what), out string text)
            ? text
            : throw Breach(GgufRule.NotUtf8, $"{what} at byte {at} is not valid UTF-8.");
    }

    public readonly GgufException Breach(GgufRule rule, FormattableString detail) => new(path, rule, detail.ToString(CultureInfo.InvariantCulture));
}
