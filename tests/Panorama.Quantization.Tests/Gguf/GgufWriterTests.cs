using System.Globalization;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Tests.Gguf;

public sealed class GgufWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_kind_comes_back_in_order()
    {
        KeyValuePair<string, GgufValue>[] metadata =
        [
            new("z.first", GgufValue.Of("Grüße, 世界")),
            new("u32", GgufValue.Of(uint.MaxValue)),
            new("i32", GgufValue.Of(int.MinValue)),
            new("u64", GgufValue.Of(ulong.MaxValue)),
            new("i64", GgufValue.Of(long.MinValue)),
            new("f32", GgufValue.Of(1.5f)),
            new("f64", GgufValue.Of(Math.PI)),
            new("bool", GgufValue.Of(true)),
            new("strings", GgufValue.Of(["", "a", "\u2581b"])),
            new("none", GgufValue.Of([])),
            new("floats", GgufValue.OfNumbers<float>([1, -2])),
            new("ints", GgufValue.OfNumbers<int>([-1, 2])),
            new("bytes", GgufValue.OfNumbers<byte>([1, 255])),
            new("shorts", GgufValue.OfNumbers<short>([-1])),
            new("bools", GgufValue.OfNumbers<bool>([true, false])),
        ];
        GgufWriter.Write(_folder["x.gguf"], metadata, [], static (_, _) => { });
        using var file = GgufFile.Open(_folder["x.gguf"]);
        GgufMetadata read = file.Metadata;
        Assert.Equal(metadata.Select(static e => e.Key), read.Select(static e => e.Key));
        Assert.Equal("Grüße, 世界", read.Text("z.first"));
        Assert.Equal((uint.MaxValue, int.MinValue, long.MinValue), (read.Integer("u32"), read.Integer("i32"), read.Integer("i64")));
        Assert.Equal((1.5, Math.PI, (double)ulong.MaxValue), (read.Number("f32"), read.Number("f64"), read.Number("u64")));
        Assert.Equal(GgufRule.KeyKind, Assert.Throws<GgufException>(() => read.Integer("u64")).Rule);
        Assert.True(read.FindFlag("bool"));
        Assert.Equal(["", "a", "\u2581b"], read.Strings("strings"));
        Assert.Equal([0xE2, 0x96, 0x81, (byte)'b'], read.Strings("strings").Bytes(2).ToArray());
        Assert.Empty(read.Strings("none"));
        Assert.Equal([1f, -2], read.FindNumbers<float>("floats")!);
        Assert.Equal([-1, 2], read.FindNumbers<int>("ints")!);
        Assert.Equal([uint.MaxValue, 2], read.FindNumbers<uint>("ints")!);
        Assert.Equal([1, 255], read.FindNumbers<byte>("bytes")!);
        Assert.Equal([true, false], read.FindNumbers<bool>("bools")!);
        Assert.Throws<GgufException>(() => read.FindNumbers<float>("ints"));
    }

    [Fact]
    public void Values_read_are_written_again_byte_for_byte()
    {
        // Nested arrays have no reader, but a copy keeps them.
        byte[] bytes = new RawGguf(0, 2)
            .Text("nested").Kind(GgufKind.Array).Kind(GgufKind.Array).Number(2UL)
            .Kind(GgufKind.UInt8).Number(3UL).Raw(1, 2, 3)
            .Kind(GgufKind.String).Number(1UL).Text("x")
            .Text("i8").Kind(GgufKind.Int8).Raw(200)
            .Data(0);
        _folder.Write("a.gguf", bytes);
        using var file = GgufFile.Open(_folder["a.gguf"]);
        Assert.Equal(-56, file.Metadata.Integer("i8"));
        GgufWriter.Write(_folder["b.gguf"], file.Metadata, [], static (_, _) => { });
        Assert.Equal(bytes, File.ReadAllBytes(_folder["b.gguf"]));
    }

    [Fact]
    public void Tensors_of_any_names_and_sizes_come_back() =>
        Gen.Select(Gen.Int[0, 5].Array[0, 6], Gen.Int[0, 3], Gen.Int[0, 7], Gen.Int).Sample((sizes, rank, shift, seed) =>
        {
            string path = _folder["x.gguf"];
            GgufTensor[] tensors = [.. sizes.Select((size, i) => new GgufTensor(
                string.Create(CultureInfo.InvariantCulture, $"t{i}"), i % 2 == 0 ? TensorFormat.F16 : TensorFormat.Q4_0, [.. Enumerable.Repeat((long)size, rank), 32 * size]))];
            var random = new Random(seed);
            byte[][] content = [.. tensors.Select(t => { byte[] b = new byte[t.ByteCount]; random.NextBytes(b); return b; })];
            GgufWriter.Write(path, [new("general.alignment", GgufValue.Of(1u << shift))], tensors, (tensor, sink) =>
            {
                byte[] bytes = content[Array.IndexOf(tensors, tensor)];
                int half = random.Next(bytes.Length + 1);
                sink(bytes.AsSpan(0, half));
                sink(bytes.AsSpan(half));
            });
            using var file = GgufFile.Open(path);
            Assert.Equal(1 << shift, file.Alignment);
            for (int i = 0; i < tensors.Length; i++)
            {
                GgufTensor read = file.Tensors[i];
                Assert.Equal((tensors[i].Name, tensors[i].Format), (read.Name, read.Format));
                Assert.Equal(tensors[i].Shape, read.Shape);
                Assert.Equal(content[i], file.Bytes(read).ToArray());
            }
        }, iter: 50, threads: 1);

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    public void A_tensor_of_another_size_than_declared_leaves_the_old_file(int bytes)
    {
        string path = _folder.Write("x.gguf", "old");
        Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(path, [], [new GgufTensor("t", TensorFormat.F32, 4)], (_, sink) => sink(new byte[bytes])));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void What_the_reader_refuses_is_not_written()
    {
        Refuse([new("k", GgufValue.Of(1)), new("k", GgufValue.Of(2))], []);
        Refuse([new("", GgufValue.Of(1))], []);
        Refuse([new("general.alignment", GgufValue.Of(24u))], []);
        Refuse([], [new GgufTensor("t", TensorFormat.F32, 1), new GgufTensor("t", TensorFormat.F16, 1)]);
        Assert.Throws<ArgumentException>(() => new GgufTensor("t", TensorFormat.Q8_0, 2, 31));
        Assert.Throws<ArgumentException>(() => new GgufTensor("t", TensorFormat.F32, 1, 1, 1, 1, 1));
        Assert.Throws<ArgumentException>(() => new GgufTensor("t", TensorFormat.F32, long.MaxValue, 2));
        Assert.Throws<ArgumentException>(() => new GgufTensor("t", TensorFormat.F32, -1));

        void Refuse(KeyValuePair<string, GgufValue>[] metadata, GgufTensor[] tensors) =>
            Assert.Throws<ArgumentException>(() => GgufWriter.Write(_folder["x.gguf"], metadata, tensors, static (t, sink) => sink(new byte[t.ByteCount])));
    }

    public void Dispose() => _folder.Dispose();
}
