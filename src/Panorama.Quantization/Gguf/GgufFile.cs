using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Quantization.Gguf;

/// <summary>
/// A memory-mapped GGUF file, every rule of the format checked when it is opened. Spans, addresses and metadata point into
/// the map: they are valid until <see cref="Dispose"/>, and the file must not be shortened meanwhile. Reading from several
/// threads is safe. Opening takes memory in proportion to the number of entries and names, never to their claimed sizes.
/// </summary>
public sealed unsafe class GgufFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly GgufContents _contents;
    private readonly long _dataStart;

    private GgufFile(MappedFile file, GgufContents contents, long dataStart) => (_file, _contents, _dataStart) = (file, contents, dataStart);

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Its size in bytes.</summary>
    public long Length => _file.Length;

    /// <summary>The format's version, 2 or 3.</summary>
    public int Version => _contents.Version;

    /// <summary>Tensors start at multiples of it.</summary>
    public int Alignment => _contents.Alignment;

    /// <summary>The metadata.</summary>
    public GgufMetadata Metadata => _contents.Metadata;

    /// <summary>The tensors, in the order of their descriptions.</summary>
    public IReadOnlyList<GgufTensor> Tensors => _contents.Tensors;

    /// <summary>Takes the pages read so far out of this process's memory: see <see cref="MappedFile.ReleasePages"/>.</summary>
    public void ReleasePages() => _file.ReleasePages();

    /// <summary>Maps and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="GgufException">It breaks a rule of the format, or holds a format that is not supported.</exception>
    public static GgufFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            var header = new MappedHeader(file, (int)Math.Min(file.Length, GgufFormat.MaxHeaderBytes));
            GgufContents contents = GgufHeader.Parse(header.Memory, path);
            long dataStart = GgufFormat.Align(contents.HeaderBytes, contents.Alignment);
            CheckLayout(contents.Tensors, dataStart, file);
            return new GgufFile(file, contents, dataStart);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="tensor">The tensor found.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out GgufTensor? tensor) => _contents.ByName.TryGetValue(name, out tensor);

    /// <summary>Finds a tensor that must be there.</summary>
    /// <param name="name">The exact name.</param>
    /// <exception cref="GgufException">The file has no such tensor.</exception>
    public GgufTensor Get(string name) =>
        TryGet(name, out GgufTensor? tensor) ? tensor : throw new GgufException(Path, GgufRule.MissingTensor, $"has no tensor {Shown.Quote(name)}.");

    /// <summary>All bytes of a tensor of at most 2 GiB.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <exception cref="ArgumentException">The tensor is of another file, or too large for one span: read it in parts.</exception>
    public ReadOnlySpan<byte> Bytes(GgufTensor tensor)
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
    public ReadOnlySpan<byte> Bytes(GgufTensor tensor, long offset, int count) => new(At(tensor, offset, count), count);

    /// <summary>The address of a tensor's first byte; <see cref="GgufTensor.ByteCount"/> bytes may be read from it.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <exception cref="ArgumentException">The tensor is of another file.</exception>
    public byte* Data(GgufTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return At(tensor, 0, tensor.ByteCount);
    }

    /// <summary>Unmaps the file: no span, address or metadata value may be used any more.</summary>
    public void Dispose() => _file.Dispose();

    private byte* At(GgufTensor tensor, long offset, long count)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!TryGet(tensor.Name, out GgufTensor? own) || !ReferenceEquals(own, tensor))
        {
            throw new ArgumentException($"{tensor.Name} is not a tensor of {Path}", nameof(tensor));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, tensor.ByteCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, tensor.ByteCount - count);
        return count == 0 ? null : _file.At(_dataStart + tensor.Offset + offset, count);
    }

    private static void CheckLayout(List<GgufTensor> tensors, long dataStart, MappedFile file)
    {
        long dataBytes = Math.Max(file.Length - dataStart, 0);
        GgufTensor[] ordered = [.. tensors];
        Array.Sort(ordered, static (a, b) => a.Offset.CompareTo(b.Offset) is var c and not 0 ? c : a.ByteCount.CompareTo(b.ByteCount));
        GgufTensor? before = null;
        foreach (GgufTensor tensor in ordered)
        {
            if (tensor.Offset > dataBytes || tensor.ByteCount > dataBytes - tensor.Offset)
            {
                throw Breach(GgufRule.BeyondFile, $"tensor {tensor} takes {tensor.ByteCount} bytes from {tensor.Offset} on, but the file has {dataBytes} bytes of data. It may be truncated: copy or download it again.");
            }

            if (before is not null && before.Offset + before.ByteCount > tensor.Offset)
            {
                throw Breach(GgufRule.Overlap, $"the tensors {Shown.Quote(before.Name)} and {Shown.Quote(tensor.Name)} share bytes.");
            }

            before = tensor;
        }

        GgufException Breach(GgufRule rule, FormattableString detail) => new(file.Path, rule, detail.ToString(CultureInfo.InvariantCulture));
    }
}
