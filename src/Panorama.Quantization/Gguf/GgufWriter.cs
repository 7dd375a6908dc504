using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Quantization.Gguf;

/// <summary>Receives the bytes of a tensor, in any number of parts.</summary>
/// <param name="bytes">The next bytes, in the layout of the tensor's format.</param>
public delegate void GgufSink(ReadOnlySpan<byte> bytes);

/// <summary>
/// Writes a GGUF file of version 3 front to back: of the tensors nothing needs to be in memory but the part being written.
/// The name holds the old file until the new one is complete.
/// </summary>
public static class GgufWriter
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="metadata">The metadata, in the order written; <see cref="GgufFormat.AlignmentKey"/> changes the alignment from 32.</param>
    /// <param name="tensors">The tensors, in the order written.</param>
    /// <param name="write">Called once for each tensor in that order: gives all its bytes to the sink.</param>
    /// <exception cref="ArgumentException">A key or name appears twice, is empty or too long, or the alignment is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A tensor got more or fewer bytes than it has.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, GgufValue>> metadata, IReadOnlyList<GgufTensor> tensors, Action<GgufTensor, GgufSink> write)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(write);
        (ArrayBufferWriter<byte> header, int alignment) = MakeHeader([.. metadata], tensors);
        using var file = PendingFile.Create(path);
        file.Write(header.WrittenSpan);
        foreach (GgufTensor tensor in tensors)
        {
            long written = 0;
            write(tensor, bytes =>
            {
                written += bytes.Length;
                if (written > tensor.ByteCount)
                {
                    throw new InvalidOperationException($"{tensor.Name} has {tensor.ByteCount} bytes; {written} were given");
                }

                file.Write(bytes);
            });
            if (written != tensor.ByteCount)
            {
                throw new InvalidOperationException($"{tensor.Name} has {tensor.ByteCount} bytes; {written} were given");
            }

            file.Write(new byte[GgufFormat.Align(written, alignment) - written]);
        }

        file.Commit();
    }

    private static (ArrayBufferWriter<byte> Bytes, int Alignment) MakeHeader(KeyValuePair<string, GgufValue>[] metadata, IReadOnlyList<GgufTensor> tensors)
    {
        long alignment = GgufFormat.DefaultAlignment;
        var header = new ArrayBufferWriter<byte>();
        Number(header, GgufFormat.Magic);
        Number(header, GgufFormat.Version);
        Number(header, (long)tensors.Count);
        Number(header, (long)metadata.Length);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string key, GgufValue value) in metadata)
        {
            Name(header, key, GgufFormat.MaxKeyBytes, seen);
            Number(header, (uint)value.Kind);
            if (value.Kind == GgufKind.Array)
            {
                Number(header, (uint)value.ElementKind);
                Number(header, value.Count);
            }

            header.Write(value.Payload);
            if (key == GgufFormat.AlignmentKey && !(value.TryInteger(out alignment) && alignment is > 0 and <= GgufFormat.MaxAlignment && BitOperations.IsPow2(alignment)))
            {
                throw new ArgumentException($"{key} must be a power of two up to {GgufFormat.MaxAlignment}", nameof(metadata));
            }
        }

        seen.Clear();
        long offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            Name(header, tensor.Name, GgufFormat.MaxNameBytes, seen);
            Number(header, (uint)tensor.Shape.Length);
            for (int i = tensor.Shape.Length - 1; i >= 0; i--)
            {
                Number(header, tensor.Shape[i]);
            }

            Number(header, (uint)tensor.Format);
            Number(header, offset);
            offset = GgufFormat.Align(checked(offset + tensor.ByteCount), (int)alignment);
        }

        int padding = (int)(GgufFormat.Align(header.WrittenCount, (int)alignment) - header.WrittenCount);
        header.GetSpan(padding)[..padding].Clear();
        header.Advance(padding);
        return (header, (int)alignment);
    }

    private static void Name(ArrayBufferWriter<byte> header, string name, int mostBytes, HashSet<string> seen)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length == 0 || bytes.Length > mostBytes)
        {
            throw new ArgumentException($"{Shown.Quote(name)} has {bytes.Length} bytes; 1 to {mostBytes} are allowed", nameof(name));
        }

        if (!seen.Add(name))
        {
            throw new ArgumentException($"{Shown.Quote(name)} appears twice", nameof(name));
        }

        Number(header, (long)bytes.Length);
        header.Write(bytes);
    }

    private static void Number(ArrayBufferWriter<byte> header, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header.GetSpan(sizeof(uint)), value);
        header.Advance(sizeof(uint));
    }

    private static void Number(ArrayBufferWriter<byte> header, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(header.GetSpan(sizeof(long)), value);
        header.Advance(sizeof(long));
    }
}
