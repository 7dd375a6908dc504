using System.Buffers;
using Panorama.Core.IO;

namespace Panorama.Quantization.Gguf;

/// <summary>The start of a mapped file as memory, so that metadata need not be copied. Using it after the file is closed throws.</summary>
/// <param name="file">The file.</param>
/// <param name="length">Bytes from its start.</param>
internal sealed class MappedHeader(MappedFile file, int length) : MemoryManager<byte>
{
    public override unsafe Span<byte> GetSpan() => new(file.At(0, length), length);

    public override unsafe MemoryHandle Pin(int elementIndex = 0) => new(file.At(elementIndex, length - elementIndex));

    public override void Unpin()
    {
        // Mapped memory does not move.
    }

    protected override void Dispose(bool disposing)
    {
        // The file is not this object's.
    }
}
