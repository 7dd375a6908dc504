using System.Text;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Tests.Gguf;

/// <summary>Writes the bytes of a file by hand, right or wrong.</summary>
internal sealed class RawGguf
{
    private readonly List<byte> _bytes = [.. "GGUF"u8];

    public RawGguf(ulong tensors, ulong entries, uint version = 3) => Number(version).Number(tensors).Number(entries);

    public RawGguf Number(uint value) => Raw(BitConverter.GetBytes(value));

    public RawGguf Number(ulong value) => Raw(BitConverter.GetBytes(value));

    public RawGguf Kind(GgufKind kind) => Number((uint)kind);

    public RawGguf Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public RawGguf Text(byte[] text) => Number((ulong)text.Length).Raw(text);

    public RawGguf Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public RawGguf Entry(string key, uint value) => Text(key).Kind(GgufKind.UInt32).Number(value);

    /// <summary>A tensor's description; dimensions innermost first, as in the file.</summary>
    public RawGguf Tensor(string name, uint format, ulong offset, params ulong[] dimensions)
    {
        Text(name).Number((uint)dimensions.Length);
        foreach (ulong dimension in dimensions)
        {
            Number(dimension);
        }

        return Number(format).Number(offset);
    }

    public byte[] Data(int bytes, int alignment = 32)
    {
        int padding = -_bytes.Count & (alignment - 1);
        return [.. _bytes, .. new byte[padding], .. new byte[bytes]];
    }
}
