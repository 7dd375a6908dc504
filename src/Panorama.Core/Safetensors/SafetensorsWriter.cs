using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Safetensors;

/// <summary>
/// Writes a safetensors file from spans, without a second copy of the tensors in memory: declare all, append the bytes
/// of each in any number of parts and in any order of tensors, then <see cref="Complete"/>. Equal declarations give
/// equal files: wider elements first (which aligns every tensor to its element size), then by ordinal name.
/// A file that is not completed is deleted.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly SafeFileHandle _handle;
    private readonly long _fileBytes;
    private bool _completed;

    private SafetensorsWriter(string path, SafeFileHandle handle, IReadOnlyList<TensorInfo> ordered, byte[] header)
    {
        (Path, _handle) = (path, handle);
        long at = header.Length;
        foreach (TensorInfo tensor in ordered)
        {
            _slots.Add(tensor.Name, new Slot(tensor, at));
            at += tensor.ByteCount;
        }

        _fileBytes = at;
        Write(header, 0);
    }

    /// <summary>The file being written.</summary>
    public string Path { get; }

    /// <summary>Starts a file, over any of that name.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="tensors">All tensors, names unique.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>, written in ordinal order of the keys.</param>
    /// <exception cref="ArgumentException">A name appears twice, or the header would be longer than the format allows.</exception>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public static SafetensorsWriter Create(string path, IEnumerable<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        TensorInfo[] ordered = [.. tensors];
        Array.Sort(ordered, static (a, b) => b.DType.Size().CompareTo(a.DType.Size()) is var c and not 0 ? c : string.CompareOrdinal(a.Name, b.Name));
        byte[] header = MakeHeader(ordered, metadata);
        SafetensorsWriter? writer = null;
        DiskErrors.Guard(path, null, () =>
        {
            SafeFileHandle handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            try
            {
                writer = new SafetensorsWriter(path, handle, ordered, header);
            }
            catch
            {
                handle.Dispose();
                File.Delete(path);
                throw;
            }
        });
        return writer!;
    }

    /// <summary>Appends the next bytes of a tensor.</summary>
    /// <param name="name">A declared tensor.</param>
    /// <param name="bytes">Bytes in the file's layout, little endian.</param>
    /// <exception cref="ArgumentException">The tensor was not declared, or would get more bytes than it has.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Append(string name, ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (!_slots.TryGetValue(name, out Slot? slot))
        {
            throw new ArgumentException($"{name} was not declared", nameof(name));
        }

        if (bytes.Length > slot.Length - slot.Written)
        {
            throw new ArgumentException($"{name} has {slot.Length} bytes; {slot.Written} are written and {bytes.Length} more do not fit", nameof(bytes));
        }

        Write(bytes, slot.Start + slot.Written);
        slot.Written += bytes.Length;
    }

    /// <summary>Appends the next values of a tensor, in the type they are stored in.</summary>
    /// <typeparam name="T">A type that <see cref="SafetensorsFormat.Matches{T}"/> the tensor's element type.</typeparam>
    /// <param name="name">A declared tensor.</param>
    /// <param name="values">The values.</param>
    /// <exception cref="ArgumentException">The tensor was not declared, has another element type, or would get more values than it has.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void AppendValues<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (_slots.TryGetValue(name, out Slot? slot) && !SafetensorsFormat.Matches<T>(slot.Tensor.DType))
        {
            throw new ArgumentException($"{slot.Tensor} does not store {typeof(T).Name}", nameof(values));
        }

        // A span of two billion doubles has more bytes than a span of bytes can count.
        int most = (1 << 30) / Unsafe.SizeOf<T>();
        do
        {
            int count = Math.Min(values.Length, most);
            Append(name, MemoryMarshal.AsBytes(values[..count]));
            values = values[count..];
        }
        while (values.Length > 0);
    }

    /// <summary>Flushes the file to disk and closes it.</summary>
    /// <exception cref="InvalidOperationException">A tensor lacks bytes.</exception>
    /// <exception cref="JobException">The disk is full, or the file cannot be written.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        foreach ((string name, Slot slot) in _slots)
        {
            if (slot.Written != slot.Length)
            {
                throw new InvalidOperationException($"{Path}: {name} has {slot.Length} bytes, {slot.Written} were written");
            }
        }

        DiskErrors.Guard(Path, _fileBytes, () => RandomAccess.FlushToDisk(_handle));
        _completed = true;
        _handle.Dispose();
    }

    /// <summary>Closes the file, and deletes it unless it is complete.</summary>
    public void Dispose()
    {
        if (!_handle.IsClosed)
        {
            _handle.Dispose();
            if (!_completed)
            {
                File.Delete(Path);
            }
        }
    }

    private void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (IOException e)
        {
            throw DiskErrors.Explain(Path, _fileBytes, e);
        }
    }

    private static byte[] MakeHeader(TensorInfo[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Advance(Prefix(buffer));
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            foreach (TensorInfo tensor in ordered)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"{tensor.Name} is declared twice", nameof(ordered));
                }

                WriteTensor(json, tensor, offset);
                offset = checked(offset + tensor.ByteCount);
            }

            json.WriteEndObject();
        }

        // The header ends on a multiple of 8, so that the data is aligned for every element type.
        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        byte[] header = buffer.WrittenSpan.ToArray();
        long length = header.Length - SafetensorsFormat.LengthBytes;
        if (length > SafetensorsFormat.MaxHeaderBytes)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"the header of {ordered.Length} tensors has {length} bytes; the format allows {SafetensorsFormat.MaxHeaderBytes}"), nameof(ordered));
        }

        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        return header;
    }

    private static int Prefix(ArrayBufferWriter<byte> buffer)
    {
        buffer.GetSpan(SafetensorsFormat.LengthBytes)[..SafetensorsFormat.LengthBytes].Clear();
        return SafetensorsFormat.LengthBytes;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null || metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsFormat.MetadataKey);
        foreach (string key in metadata.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteString(key, metadata[key]);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, TensorInfo tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", SafetensorsFormat.NameOf(tensor.DType));
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed class Slot(TensorInfo tensor, long start)
    {
        public TensorInfo Tensor { get; } = tensor;

        public long Start { get; } = start;

        public long Length => Tensor.ByteCount;

        public long Written { get; set; }
    }
}
