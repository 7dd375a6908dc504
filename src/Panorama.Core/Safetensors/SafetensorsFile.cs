using System.Buffers.Binary;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Safetensors;

/// <summary>
/// A memory-mapped safetensors file, every rule of the format checked when it is opened. Spans point into the map:
/// they are valid until <see cref="Dispose"/>, and the file must not be shortened meanwhile. Reading from several threads is safe.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, TensorInfo> _byName;
    private readonly long _dataStart;

    private SafetensorsFile(MappedFile file, long dataStart, SafetensorsHeader header, TensorInfo[] tensors)
    {
        (_file, _dataStart, _byName) = (file, dataStart, header.Tensors);
        (Tensors, Metadata) = (new ReadOnlyCollection<TensorInfo>(tensors), header.Metadata);
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The strings of <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="SafetensorsException">It breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            int headerBytes = ReadHeaderLength(file);
            long dataStart = SafetensorsFormat.LengthBytes + headerBytes;
            var header = SafetensorsHeader.Parse(file.Span(SafetensorsFormat.LengthBytes, headerBytes), path);
            TensorInfo[] tensors = SafetensorsLayout.Order(header.Tensors.Values, file.Length - dataStart, path);
            return new SafetensorsFile(file, dataStart, header, tensors);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes the pages read so far out of this process's memory: see <see cref="MappedFile.ReleasePages"/>.</summary>
    public void ReleasePages() => _file.ReleasePages();

    /// <summary>Finds a tensor by name.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="tensor">The tensor found.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorInfo? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Finds a tensor that must be there.</summary>
    /// <param name="name">The exact name.</param>
    /// <exception cref="InvalidFileException">The file has no such tensor.</exception>
    public TensorInfo Get(string name) =>
        TryGet(name, out TensorInfo? tensor) ? tensor : throw new InvalidFileException(Path, $"has no tensor {Shown.Quote(name)}.");

    /// <summary>All bytes of a tensor of at most 2 GiB.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <exception cref="ArgumentException">The tensor is of another file, or too large for one span: read it in parts.</exception>
    public ReadOnlySpan<byte> Bytes(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.ByteCount <= Array.MaxLength
            ? Bytes(tensor, 0, (int)tensor.ByteCount)
            : throw new ArgumentException($"{tensor.Name} has {tensor.ByteCount} bytes, more than a span holds; read it in parts", nameof(tensor));
    }

    /// <summary>A part of a tensor's bytes.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="offset">First byte, from the tensor's start.</param>
    /// <param name="count">Number of bytes.</param>
    /// <exception cref="ArgumentException">The tensor is of another file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the tensor.</exception>
    public ReadOnlySpan<byte> Bytes(TensorInfo tensor, long offset, int count) => new(At(tensor, offset, count), count);

    /// <summary>All values of a tensor of at most 2 GiB, in the type they are stored in.</summary>
    /// <typeparam name="T">A type that <see cref="SafetensorsFormat.Matches{T}"/> the element type.</typeparam>
    /// <param name="tensor">A tensor of this file.</param>
    /// <exception cref="ArgumentException">The type does not match, or the tensor is of another file or too large.</exception>
    public ReadOnlySpan<T> Values<T>(TensorInfo tensor)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return SafetensorsFormat.Matches<T>(tensor.DType)
            ? MemoryMarshal.Cast<byte, T>(Bytes(tensor))
            : throw new ArgumentException($"{tensor} is not stored as {typeof(T).Name}", nameof(tensor));
    }

    /// <summary>Copies a tensor of any size to memory outside the managed heap.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="destination">Where its bytes go.</param>
    /// <param name="destinationBytes">Bytes that <paramref name="destination"/> holds; must be exactly the tensor's.</param>
    /// <exception cref="ArgumentException">The sizes differ, or the tensor is of another file.</exception>
    public void CopyTo(TensorInfo tensor, void* destination, long destinationBytes)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(destination);
        if (destinationBytes != tensor.ByteCount)
        {
            throw new ArgumentException($"{tensor.Name} has {tensor.ByteCount} bytes, the destination {destinationBytes}", nameof(destinationBytes));
        }

        Buffer.MemoryCopy(At(tensor, 0, destinationBytes), destination, destinationBytes, destinationBytes);
    }

    /// <summary>Reads values of a floating-point tensor as singles.</summary>
    /// <param name="tensor">A tensor of this file of type F64, F32, F16 or BF16.</param>
    /// <param name="first">Index of the first element.</param>
    /// <param name="destination">One element each.</param>
    /// <exception cref="InvalidFileException">The tensor is of another type.</exception>
    /// <exception cref="ArgumentException">The range is not within the tensor, or the tensor is of another file.</exception>
    public void ReadSingles(TensorInfo tensor, long first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, tensor.ElementCount - destination.Length);
        if (!SingleConversion.Supports(tensor.DType))
        {
            throw new InvalidFileException(Path, $"tensor {tensor} does not hold floating-point numbers of a supported type (F64, F32, F16, BF16).");
        }

        int size = tensor.DType.Size();
        int most = (1 << 30) / size; // keeps the byte count of a part within an int
        for (int done = 0; done < destination.Length; done += most)
        {
            Span<float> part = destination.Slice(done, Math.Min(most, destination.Length - done));
            SingleConversion.ToSingle(tensor.DType, Bytes(tensor, (first + done) * size, part.Length * size), part);
        }
    }

    /// <summary>Unmaps the file: no span may be used any more.</summary>
    public void Dispose() => _file.Dispose();

    private byte* At(TensorInfo tensor, long offset, long count)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!_byName.TryGetValue(tensor.Name, out TensorInfo? own) || !ReferenceEquals(own, tensor))
        {
            throw new ArgumentException($"{tensor.Name} is not a tensor of {Path}", nameof(tensor));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, tensor.ByteCount - count);
        return _file.At(_dataStart + tensor.Offset + offset, count);
    }

    private static int ReadHeaderLength(MappedFile file)
    {
        long fileBytes = file.Length;
        if (fileBytes < SafetensorsFormat.LengthBytes + 2)
        {
            throw Breach(SafetensorsRule.FileTooShort, $"has {fileBytes} bytes; the smallest safetensors file has 10.");
        }

        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, SafetensorsFormat.LengthBytes));
        if (headerBytes > SafetensorsFormat.MaxHeaderBytes)
        {
            throw Breach(SafetensorsRule.HeaderTooLarge, $"says that its header has {headerBytes} bytes; at most {SafetensorsFormat.MaxHeaderBytes} are allowed. Is it a safetensors file?");
        }

        return (long)headerBytes <= fileBytes - SafetensorsFormat.LengthBytes
            ? (int)headerBytes
            : throw Breach(SafetensorsRule.HeaderBeyondFile, $"says that its header has {headerBytes} bytes, but the file ends {fileBytes - SafetensorsFormat.LengthBytes} bytes behind the length. It may be truncated: copy or download it again.");

        SafetensorsException Breach(SafetensorsRule rule, FormattableString detail) => new(file.Path, rule, detail.ToString(CultureInfo.InvariantCulture));
    }
}
