using System.Text;
using Panorama.Core.Safetensors;

namespace Panorama.Core.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    private static readonly Gen<TensorInfo[]> GenTensors =
        Gen.Select(Gen.String[Gen.Char, 0, 12].Where(IsText), Gen.Enum<DType>(), Gen.Long[0, 5].Array[0, 4])
            .Where((name, _, _) => name != "__metadata__")
            .Select((name, dtype, shape) => new TensorInfo(name, dtype, shape))
            .Array[0, 8]
            .Select(tensors => tensors.DistinctBy(t => t.Name, StringComparer.Ordinal).ToArray());

    [Fact]
    public void ReturnsWhatWasWritten() =>
        Gen.Select(GenTensors, Gen.Dictionary(Gen.String.AlphaNumeric, Gen.String.AlphaNumeric)[0, 3], Gen.ULong).Sample(
            (tensors, metadata, seed) =>
            {
                using var folder = new TemporaryFolder();
                Dictionary<string, byte[]> contents = Contents(tensors, (int)seed);
                Write(folder["x"], tensors, contents, metadata, (int)seed);
                using var file = SafetensorsFile.Open(folder["x"]);
                Assert.Equal(tensors.Length, file.Tensors.Count);
                Assert.Equal(metadata, file.Metadata.ToDictionary());
                foreach (TensorInfo tensor in tensors)
                {
                    TensorInfo stored = file.Get(tensor.Name);
                    Assert.Equal((tensor.DType, tensor.ByteCount), (stored.DType, stored.ByteCount));
                    Assert.Equal(tensor.Shape, stored.Shape);
                    Assert.Equal(contents[tensor.Name], file.Bytes(stored).ToArray());
                    Assert.Equal(0, stored.Offset % stored.DType.Size());
                }
            },
            iter: 60);

    [Fact]
    public void GivesTheBytesOfTheFormat()
    {
        using var folder = new TemporaryFolder();
        using (var writer = SafetensorsWriter.Create(folder["x"], [new("é", DType.U8, 3), new("w", DType.F32, 1)], new Dictionary<string, string> { ["format"] = "pt" }))
        {
            writer.Append("é", [1, 2, 3]);
            writer.AppendValues("w", [1f]);
            writer.Complete();
        }

        byte[] bytes = File.ReadAllBytes(folder["x"]);
        const string Header = """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"é":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}""";
        int padded = (Encoding.UTF8.GetByteCount(Header) + 7) / 8 * 8;
        Assert.Equal((byte)padded, bytes[0]);
        Assert.Equal(Header, Encoding.UTF8.GetString(bytes, 8, padded).TrimEnd(' '));
        Assert.Equal([0, 0, 0x80, 0x3F, 1, 2, 3], bytes[(8 + padded)..]);
    }

    [Fact]
    public void DoesNotDependOnTheOrderOfDeclarationAndWriting()
    {
        using var folder = new TemporaryFolder();
        TensorInfo[] tensors = [new("b", DType.F32, 100), new("a", DType.F32, 7), new("c", DType.U8, 5), new("d", DType.I64, 2)];
        Dictionary<string, byte[]> contents = Contents(tensors, 1);
        Write(folder["x"], tensors, contents, null, 1);
        Write(folder["y"], [.. tensors.Reverse()], contents, null, 2);
        Assert.Equal(File.ReadAllBytes(folder["x"]), File.ReadAllBytes(folder["y"]));
    }

    [Fact]
    public void RefusesWrongUse()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => new TensorInfo("a", DType.U8, -1));
        Assert.Throws<ArgumentException>(() => new TensorInfo("a", DType.F64, 1L << 60, 1));
        Assert.Throws<ArgumentException>(() => new TensorInfo("__metadata__", DType.U8, 1));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(folder["x"], [new("a", DType.U8, 1), new("a", DType.U8, 1)]));
        using var writer = SafetensorsWriter.Create(folder["x"], [new("a", DType.F32, 2)]);
        writer.AppendValues("a", [1f]);
        Assert.Throws<ArgumentException>(() => writer.AppendValues("a", [1]));
        Assert.Throws<ArgumentException>(() => writer.AppendValues("b", [1f]));
        Assert.Throws<ArgumentException>(() => writer.AppendValues("a", [1f, 2f]));
        Assert.Contains("4 were written", Assert.Throws<InvalidOperationException>(writer.Complete).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LeavesNothingWhenNotCompleted()
    {
        using var folder = new TemporaryFolder();
        using (SafetensorsWriter.Create(folder["x"], [new("a", DType.F32, 2)]))
        {
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public unsafe void CopiesToMemoryOutsideTheHeap()
    {
        using var folder = new TemporaryFolder();
        using (var writer = SafetensorsWriter.Create(folder["x"], [new("a", DType.U8, 3), new("b", DType.I32, 3)]))
        {
            writer.AppendValues<byte>("a", [1, 2, 3]);
            writer.AppendValues<int>("b", [4, 5, 6]);
            writer.Complete();
        }

        using var file = SafetensorsFile.Open(folder["x"]);
        Span<int> copy = stackalloc int[5];
        copy.Fill(-1);
        fixed (int* first = copy)
        {
            file.CopyTo(file.Get("b"), first + 1, 3 * sizeof(int));
        }

        Assert.Equal([-1, 4, 5, 6, -1], copy.ToArray());
    }

    [Fact]
    public void ReadsTensorsAboveTwoGiB()
    {
        // Sparse: the disk holds only the two ends that are written.
        const long Elements = (1L << 31) + 12_345;
        using var folder = new TemporaryFolder();
        string header = $$"""{"big":{"dtype":"U8","shape":[{{Elements}}],"data_offsets":[0,{{Elements}}] } }""";
        byte[] start = RawFile.Of(header, 0);
        using (FileStream stream = File.Create(folder["x"]))
        {
            stream.Write(start);
            stream.SetLength(start.Length + Elements);
            stream.Position = start.Length + Elements - 2;
            stream.Write([41, 42]);
        }

        using var file = SafetensorsFile.Open(folder["x"]);
        TensorInfo big = file.Get("big");
        Assert.Equal(Elements, big.ElementCount);
        Assert.Equal([0, 41, 42], file.Bytes(big, Elements - 3, 3).ToArray());
        Assert.Throws<ArgumentException>(() => file.Bytes(big).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(big, Elements - 2, 3).Length);
    }

    private static bool IsText(string name)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(name);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static Dictionary<string, byte[]> Contents(TensorInfo[] tensors, int seed)
    {
        var random = new Random(seed);
        return tensors.ToDictionary(t => t.Name, t =>
        {
            byte[] bytes = new byte[t.ByteCount];
            random.NextBytes(bytes);
            return bytes;
        });
    }

    // Writes parts of random size of random tensors until all are whole.
    private static void Write(string path, TensorInfo[] tensors, Dictionary<string, byte[]> contents, Dictionary<string, string>? metadata, int seed)
    {
        var random = new Random(seed);
        var left = tensors.ToDictionary(t => t.Name, _ => 0);
        using var writer = SafetensorsWriter.Create(path, tensors, metadata);
        while (left.Count > 0)
        {
            string name = left.Keys.ElementAt(random.Next(left.Count));
            int count = random.Next(contents[name].Length - left[name] + 1);
            writer.Append(name, contents[name].AsSpan(left[name], count));
            left[name] += count;
            if (left[name] == contents[name].Length)
            {
                left.Remove(name);
            }
        }

        writer.Complete();
    }
}
