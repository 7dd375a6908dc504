using Panorama.Core.Errors;
using Panorama.Quantization.Formats;
using Panorama.Quantization.Gguf;

namespace Panorama.Quantization.Tests.Gguf;

public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<GgufRule, byte[]> Breaches => new()
    {
        { GgufRule.Magic, [] },
        { GgufRule.Magic, "GGU"u8.ToArray() },
        { GgufRule.Magic, "GGML\0\0\0\0"u8.ToArray() },
        { GgufRule.HeaderBeyondFile, "GGUF"u8.ToArray() },
        { GgufRule.HeaderBeyondFile, new RawGguf(0, 0).Data(0)[..20] },
        { GgufRule.Version, new RawGguf(0, 0, version: 1).Data(0) },
        { GgufRule.Version, new RawGguf(0, 0, version: 0x03000000).Data(0) },
        { GgufRule.Count, new RawGguf(0, ulong.MaxValue).Data(100) },
        { GgufRule.Count, new RawGguf(0, 1000).Data(100) },
        { GgufRule.Count, new RawGguf(ulong.MaxValue, 0).Data(100) },
        { GgufRule.Count, new RawGguf(0, 1).Text("k").Kind(GgufKind.Array).Kind(GgufKind.Float64).Number(1UL << 61).Data(100) },
        { GgufRule.NameLength, new RawGguf(0, 1).Text("").Data(100) },
        { GgufRule.NameLength, new RawGguf(0, 1).Text(new string('k', 65536)).Kind(GgufKind.Bool).Data(100) },
        { GgufRule.NameLength, new RawGguf(1, 0).Tensor(new string('t', 1025), 0, 0, 1).Data(100) },
        { GgufRule.NotUtf8, new RawGguf(0, 1).Text([0xC3, 0x28]).Kind(GgufKind.Bool).Data(100) },
        { GgufRule.HeaderBeyondFile, new RawGguf(0, 1).Text("k").Kind(GgufKind.String).Number(ulong.MaxValue).Data(100) },
        { GgufRule.HeaderBeyondFile, new RawGguf(0, 1).Number(100UL).Raw(new byte[10]).Data(0, alignment: 1) },
        { GgufRule.ValueKind, new RawGguf(0, 1).Text("k").Number(13).Data(100) },
        { GgufRule.ValueKind, new RawGguf(0, 1).Text("k").Kind(GgufKind.Array).Number(77).Number(1UL).Data(100) },
        { GgufRule.ValueKind, Nested(5) },
        { GgufRule.Boolean, new RawGguf(0, 1).Text("k").Kind(GgufKind.Bool).Raw(2).Data(100) },
        { GgufRule.DuplicateKey, new RawGguf(0, 2).Entry("k", 1).Entry("k", 1).Data(100) },
        { GgufRule.Alignment, new RawGguf(0, 1).Entry("general.alignment", 0).Data(100) },
        { GgufRule.Alignment, new RawGguf(0, 1).Entry("general.alignment", 48).Data(100) },
        { GgufRule.Alignment, new RawGguf(0, 1).Entry("general.alignment", 1 << 17).Data(100) },
        { GgufRule.KeyKind, new RawGguf(0, 1).Text("general.alignment").Kind(GgufKind.String).Text("32").Data(100) },
        { GgufRule.DuplicateTensor, new RawGguf(2, 0).Tensor("t", 0, 0, 1).Tensor("t", 0, 32, 1).Data(100) },
        { GgufRule.Shape, new RawGguf(1, 0).Tensor("t", 0, 0, 1, 1, 1, 1, 1).Data(100) },
        { GgufRule.Shape, new RawGguf(1, 0).Tensor("t", 0, 0, 1UL << 63).Data(100) },
        { GgufRule.Shape, new RawGguf(1, 0).Tensor("t", 0, 0, 1UL << 62).Data(100) },
        { GgufRule.Shape, new RawGguf(1, 0).Tensor("t", 8, 0, 1UL << 32, 1UL << 32).Data(100) },
        { GgufRule.Shape, new RawGguf(1, 0).Tensor("t", 8, 0).Data(100) },
        { GgufRule.UnsupportedFormat, new RawGguf(1, 0).Tensor("t", 10, 0, 256).Data(100) },
        { GgufRule.UnsupportedFormat, new RawGguf(1, 0).Tensor("t", uint.MaxValue, 0, 256).Data(100) },
        { GgufRule.PartBlocks, new RawGguf(1, 0).Tensor("t", 8, 0, 48).Data(100) },
        { GgufRule.Offset, new RawGguf(1, 0).Tensor("t", 0, 16, 1).Data(100) },
        { GgufRule.Offset, new RawGguf(1, 0).Tensor("t", 0, ulong.MaxValue & ~31UL, 1).Data(100) },
        { GgufRule.BeyondFile, new RawGguf(1, 0).Tensor("t", 0, 0, 26).Data(100) },
        { GgufRule.BeyondFile, new RawGguf(1, 0).Tensor("t", 0, 32, 20).Data(100) },
        { GgufRule.BeyondFile, new RawGguf(1, 0).Tensor("t", 0, long.MaxValue & ~31L, 1).Data(100) },
        { GgufRule.Overlap, new RawGguf(2, 0).Tensor("a", 0, 0, 9).Tensor("b", 0, 32, 1).Data(100) },
    };

    [Theory, MemberData(nameof(Breaches), DisableDiscoveryEnumeration = true)]
    public void A_broken_rule_is_named(GgufRule rule, byte[] bytes)
    {
        string path = _folder.Write("x.gguf", bytes);
        GgufException error = Assert.Throws<GgufException>(() => GgufFile.Open(path));
        Assert.Equal(rule, error.Rule);
        Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsupported_format_says_what_is_supported()
    {
        string path = _folder.Write("x.gguf", new RawGguf(1, 0).Tensor("t", 23, 0, 256).Data(100));
        string message = Assert.Throws<GgufException>(() => GgufFile.Open(path)).Message;
        Assert.Contains("IQ4_XS (type 23)", message, StringComparison.Ordinal);
        Assert.Contains("Q4_0, Q4_1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dimensions_are_read_outermost_first()
    {
        string path = _folder.Write("x.gguf", new RawGguf(2, 0, version: 2).Tensor("m", 8, 0, 64, 3).Tensor("s", 0, 224).Data(228));
        using var file = GgufFile.Open(path);
        GgufTensor m = file.Get("m");
        Assert.Equal([3, 64], m.Shape);
        Assert.Equal((3, 64, 204, TensorFormat.Q8_0), (m.Rows, m.Columns, m.ByteCount, m.Format));
        Assert.Equal((1, 1, 4), (file.Get("s").Rows, file.Get("s").Columns, file.Get("s").ByteCount));
        Assert.Equal(2, file.Version);
    }

    [Fact]
    public void Bytes_beyond_a_tensor_are_refused()
    {
        string path = _folder.Write("x.gguf", new RawGguf(2, 0).Tensor("a", 0, 0, 4).Tensor("b", 0, 32, 0).Data(100));
        using var file = GgufFile.Open(path);
        using var other = GgufFile.Open(path);
        GgufTensor a = file.Get("a");
        Assert.Equal(16, file.Bytes(a).Length);
        Assert.Equal(0, file.Bytes(file.Get("b")).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(a, 0, 17).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(a, -1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(a, long.MaxValue, 1).Length);
        Assert.Throws<ArgumentException>(() => other.Bytes(a).Length);
        Assert.Equal(GgufRule.MissingTensor, Assert.Throws<GgufException>(() => file.Get("c")).Rule);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(a).Length);
    }

    [Fact]
    public void Metadata_of_a_closed_file_is_refused_and_not_read()
    {
        string path = _folder.Write("x.gguf", new RawGguf(0, 1).Entry("k", 1).Data(0));
        var file = GgufFile.Open(path);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Metadata.Integer("k"));
    }

    [Fact]
    public void Missing_keys_and_wrong_kinds_are_told_apart()
    {
        string path = _folder.Write("x.gguf", new RawGguf(0, 2).Entry("n", 7).Text("bad").Kind(GgufKind.String).Text([0xFF]).Data(0));
        using var file = GgufFile.Open(path);
        Assert.Null(file.Metadata.FindText("none"));
        Assert.Equal(GgufRule.MissingKey, Assert.Throws<GgufException>(() => file.Metadata.Text("none")).Rule);
        Assert.Equal(GgufRule.KeyKind, Assert.Throws<GgufException>(() => file.Metadata.Text("n")).Rule);
        Assert.Equal(GgufRule.KeyKind, Assert.Throws<GgufException>(() => file.Metadata.FindStrings("n")).Rule);
        Assert.Equal(GgufRule.KeyKind, Assert.Throws<GgufException>(() => file.Metadata.Text("bad")).Rule);
        Assert.Equal((7, 7.0), (file.Metadata.Integer("n"), file.Metadata.Number("n")));
    }

    [Fact]
    public void A_large_vocabulary_takes_no_memory_until_it_is_asked_for()
    {
        const int Count = 200_000;
        string[] tokens = [.. Enumerable.Range(0, Count).Select(static i => $"token {i}")];
        GgufWriter.Write(_folder["x.gguf"], [new("tokens", GgufValue.Of(tokens)), new("scores", GgufValue.OfNumbers<float>(new float[Count]))], [], static (_, _) => { });
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var file = GgufFile.Open(_folder["x.gguf"]);
        long opened = GC.GetAllocatedBytesForCurrentThread();
        GgufStrings strings = file.Metadata.Strings("tokens");
        int bytes = 0;
        for (int i = 0; i < Count; i++)
        {
            bytes += strings.Bytes(i).Length;
        }

        Assert.InRange(opened - before, 0, 32 << 10);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - opened, 0, (sizeof(int) * Count) + 4096);
        Assert.Equal(tokens.Sum(static t => t.Length), bytes);
        Assert.Equal("token 199999", strings[^1]);
    }

    [Fact]
    public void A_missing_file_is_an_input_error() => Assert.Throws<InputException>(() => GgufFile.Open(_folder["none.gguf"]));

    public void Dispose() => _folder.Dispose();

    private static byte[] Nested(int depth)
    {
        RawGguf file = new RawGguf(0, 1).Text("k").Kind(GgufKind.Array);
        for (int i = 1; i < depth; i++)
        {
            file.Kind(GgufKind.Array).Number(1UL);
        }

        return file.Kind(GgufKind.UInt8).Number(1UL).Raw(1).Data(100);
    }
}
