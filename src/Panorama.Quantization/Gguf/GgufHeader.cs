using System.Numerics;
using Panorama.Core.IO;
using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Gguf;

/// <summary>Reads and checks everything before the tensors' bytes.</summary>
internal static class GgufHeader
{
    // A key of one byte with its length, a kind, a value of one byte; a name of one byte, a rank, a format, an offset.
    private const int LeastEntryBytes = 8 + 1 + 4 + 1, LeastTensorBytes = 8 + 1 + 4 + 4 + 8;

    /// <summary>Reads the header.</summary>
    /// <param name="memory">The file from its start.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="GgufException">A rule is broken.</exception>
    public static GgufContents Parse(ReadOnlyMemory<byte> memory, string path)
    {
        var cursor = new GgufCursor(memory.Span, path);
        if (cursor.Left < sizeof(uint) || cursor.UInt32("the magic") != GgufFormat.Magic)
        {
            throw cursor.Breach(GgufRule.Magic, $"does not start with 'GGUF': it is no GGUF file.");
        }

        uint version = cursor.UInt32("the version");
        if (version is < GgufFormat.OldestVersion or > GgufFormat.Version)
        {
            throw cursor.Breach(GgufRule.Version, $"has version {version}; supported are {GgufFormat.OldestVersion} and {GgufFormat.Version}{((version & 0xFFFF) == 0 ? ", little endian" : "")}. Convert the model again with current tools.");
        }

        ulong tensorCount = cursor.UInt64("the number of tensors");
        int entryCount = cursor.Count(LeastEntryBytes, "metadata entries");
        var metadata = new GgufMetadata(path);
        for (int i = 0; i < entryCount; i++)
        {
            ReadEntry(ref cursor, memory, metadata);
        }

        int alignment = Alignment(metadata, ref cursor);
        if (tensorCount > (ulong)(cursor.Left / LeastTensorBytes))
        {
            throw cursor.Breach(GgufRule.Count, $"says that it has {tensorCount} tensors; the {cursor.Left} bytes behind its metadata describe at most {cursor.Left / LeastTensorBytes}. The file may be truncated: copy or download it again.");
        }

        var byName = new Dictionary<string, GgufTensor>(StringComparer.Ordinal);
        var tensors = new List<GgufTensor>();
        for (int i = 0; i < (int)tensorCount; i++)
        {
            GgufTensor tensor = ReadTensor(ref cursor, alignment);
            if (!byName.TryAdd(tensor.Name, tensor))
            {
                throw cursor.Breach(GgufRule.DuplicateTensor, $"has the tensor {Shown.Quote(tensor.Name)} twice.");
            }

            tensors.Add(tensor);
        }

        return new GgufContents { Version = (int)version, Alignment = alignment, Metadata = metadata, Tensors = tensors, ByName = byName, HeaderBytes = cursor.Position };
    }

    private static void ReadEntry(ref GgufCursor cursor, ReadOnlyMemory<byte> memory, GgufMetadata metadata)
    {
        string key = cursor.Name(GgufFormat.MaxKeyBytes, "a metadata key");
        GgufKind kind = Kind(ref cursor, key);
        GgufKind elementKind = default;
        long count = 1;
        int start = cursor.Position;
        if (kind == GgufKind.Array)
        {
            (elementKind, count) = ArrayHead(ref cursor, key);
            start = cursor.Position;
            SkipElements(ref cursor, elementKind, count, key, 1);
        }
        else
        {
            SkipElements(ref cursor, kind, 1, key, 0);
        }

        var value = new GgufValue(kind, memory[start..cursor.Position], elementKind, count);
        if (!metadata.TryAdd(key, value))
        {
            throw cursor.Breach(GgufRule.DuplicateKey, $"has the metadata {Shown.Quote(key)} twice.");
        }
    }

    private static void SkipElements(ref GgufCursor cursor, GgufKind kind, long count, string key, int depth)
    {
        int size = GgufFormat.SizeOf(kind);
        if (size > 0)
        {
            ReadOnlySpan<byte> values = cursor.Take((ulong)count * (uint)size, "metadata " + Shown.Quote(key));
            if (kind == GgufKind.Bool && values.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw cursor.Breach(GgufRule.Boolean, $"metadata {Shown.Quote(key)} has a boolean that is neither 0 nor 1.");
            }

            return;
        }

        for (long i = 0; i < count; i++)
        {
            if (kind == GgufKind.String)
            {
                cursor.Take(cursor.UInt64("the length of a string"), "a string");
                continue;
            }

            if (depth >= GgufFormat.MaxNesting)
            {
                throw cursor.Breach(GgufRule.ValueKind, $"metadata {Shown.Quote(key)} nests arrays deeper than {GgufFormat.MaxNesting}.");
            }

            (GgufKind elementKind, long elements) = ArrayHead(ref cursor, key);
            SkipElements(ref cursor, elementKind, elements, key, depth + 1);
        }
    }

    private static (GgufKind Kind, long Count) ArrayHead(ref GgufCursor cursor, string key)
    {
        GgufKind kind = Kind(ref cursor, key);
        int least = kind switch { GgufKind.String => sizeof(ulong), GgufKind.Array => sizeof(uint) + sizeof(ulong), _ => GgufFormat.SizeOf(kind) };
        return (kind, cursor.Count(least, "array elements"));
    }

    private static GgufKind Kind(ref GgufCursor cursor, string key)
    {
        uint kind = cursor.UInt32("the kind of a value");
        return kind <= (uint)GgufKind.Float64
            ? (GgufKind)kind
            : throw cursor.Breach(GgufRule.ValueKind, $"metadata {Shown.Quote(key)} has the unknown kind {kind}.");
    }

    private static int Alignment(GgufMetadata metadata, ref GgufCursor cursor)
    {
        long alignment = metadata.FindInteger(GgufFormat.AlignmentKey) ?? GgufFormat.DefaultAlignment;
        return alignment is > 0 and <= GgufFormat.MaxAlignment && BitOperations.IsPow2(alignment)
            ? (int)alignment
            : throw cursor.Breach(GgufRule.Alignment, $"has the alignment {alignment}; allowed are powers of two up to {GgufFormat.MaxAlignment}.");
    }

    private static GgufTensor ReadTensor(ref GgufCursor cursor, int alignment)
    {
        string name = cursor.Name(GgufFormat.MaxNameBytes, "a tensor's name");
        uint rank = cursor.UInt32("the rank of a tensor");
        if (rank > GgufFormat.MaxRank)
        {
            throw cursor.Breach(GgufRule.Shape, $"tensor {Shown.Quote(name)} has {rank} dimensions; at most {GgufFormat.MaxRank} are allowed.");
        }

        long[] shape = new long[rank];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            // Above 2^63 it becomes negative, and is refused below.
            shape[i] = (long)cursor.UInt64("the shape of a tensor");
        }

        uint id = cursor.UInt32("the format of a tensor");
        ulong offset = cursor.UInt64("the offset of a tensor");
        if (!GgufFormat.TryFormat(id, out TensorFormat format))
        {
            throw cursor.Breach(GgufRule.UnsupportedFormat, $"tensor {Shown.Quote(name)} is stored as {GgufFormat.NameOf(id)}; supported are {GgufFormat.Supported}.");
        }

        if (rank > 0 && shape[^1] >= 0 && shape[^1] % format.BlockLength() != 0)
        {
            throw cursor.Breach(GgufRule.PartBlocks, $"tensor {Shown.Quote(name)} has rows of {shape[^1]} values, no whole number of {format} blocks of {format.BlockLength()}.");
        }

        if ((rank == 0 && format.BlockLength() > 1) || !GgufTensor.TryCount(shape, format, out _, out _))
        {
            throw cursor.Breach(GgufRule.Shape, $"tensor {Shown.Quote(name)} cannot have the shape [{string.Join(", ", shape)}] in {format}: the size must fit 63 bits.");
        }

        return offset <= long.MaxValue && offset % (uint)alignment == 0
            ? new GgufTensor(name, format, shape, (long)offset)
            : throw cursor.Breach(GgufRule.Offset, $"tensor {Shown.Quote(name)} starts at {offset}, no multiple of the alignment {alignment}.");
    }
}
