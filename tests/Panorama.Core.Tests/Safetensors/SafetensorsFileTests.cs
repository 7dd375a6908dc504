using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;

namespace Panorama.Core.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    private const string A4 = """ "a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]} """;

    [Fact]
    public void ReadsAFileWrittenByHand()
    {
        using var folder = new TemporaryFolder();
        byte[] data = [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 7, 8, 9];
        const string Header = """{"__metadata__":{"format":"pt","é":"\u00fc"},"b":{"data_offsets":[8,11],"dtype":"U8","shape":[3,1]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   """;
        string path = folder.Write("x.safetensors", RawFile.Of(Encoding.UTF8.GetBytes(Header), data));

        using var file = SafetensorsFile.Open(path);

        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Name));
        Assert.Equal([1f, -2.5f], file.Values<float>(file.Get("a")).ToArray());
        Assert.Equal([7, 8, 9], file.Bytes(file.Get("b")).ToArray());
        Assert.Equal([3, 1], file.Get("b").Shape);
        Assert.Equal((8, 3), (file.Get("b").Offset, file.Get("b").ByteCount));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("ü", file.Metadata["é"]);
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"e":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"z":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 4)]
    [InlineData("""{"":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}""", 1)]
    public void AcceptsTheEdgesOfTheFormat(string header, int dataBytes)
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Write("x", RawFile.Of(header, dataBytes)));
        Assert.Equal(dataBytes, file.Tensors.Sum(t => t.ByteCount));
    }

    [Theory]
    [InlineData(SafetensorsRule.HeaderStart, "[1]", 0)]
    [InlineData(SafetensorsRule.HeaderStart, " {}", 0)]
    [InlineData(SafetensorsRule.HeaderNotJson, """{"a":""", 0)]
    [InlineData(SafetensorsRule.HeaderNotJson, "{\"a\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}", 1)]
    [InlineData(SafetensorsRule.HeaderNotJson, "{" + A4 + ",}", 4)]
    [InlineData(SafetensorsRule.HeaderNotJson, "{/* */" + A4 + "}", 4)]
    [InlineData(SafetensorsRule.HeaderNotUtf8, """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.HeaderPadding, "{}\n", 0)]
    [InlineData(SafetensorsRule.HeaderPadding, "{}\0", 0)]
    [InlineData(SafetensorsRule.HeaderStructure, """{"a":1}""", 0)]
    [InlineData(SafetensorsRule.HeaderStructure, """{"a":null}""", 0)]
    [InlineData(SafetensorsRule.HeaderStructure, """{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.HeaderStructure, """{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.HeaderStructure, """{"a":{"dtype":"U8","shape":[1]}}""", 1)]
    [InlineData(SafetensorsRule.HeaderStructure, """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":1}}""", 1)]
    [InlineData(SafetensorsRule.DuplicateKey, "{" + A4 + "," + A4 + "}", 4)]
    [InlineData(SafetensorsRule.DuplicateKey, "{" + A4 + ""","\u0061":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}""", 4)]
    [InlineData(SafetensorsRule.DuplicateKey, """{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.DuplicateKey, """{"__metadata__":{},"__metadata__":{}}""", 0)]
    [InlineData(SafetensorsRule.DuplicateKey, """{"__metadata__":{"k":"1","k":"2"}}""", 0)]
    [InlineData(SafetensorsRule.Metadata, """{"__metadata__":1}""", 0)]
    [InlineData(SafetensorsRule.Metadata, """{"__metadata__":{"k":1}}""", 0)]
    [InlineData(SafetensorsRule.UnknownDType, """{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData(SafetensorsRule.UnknownDType, """{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData(SafetensorsRule.UnknownDType, """{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData(SafetensorsRule.Shape, """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.Shape, """{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.Shape, """{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.Shape, """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.Shape, """{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}""", 1)]
    [InlineData(SafetensorsRule.ShapeOverflow, """{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0)]
    [InlineData(SafetensorsRule.ShapeOverflow, """{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0)]
    [InlineData(SafetensorsRule.ShapeOverflow, """{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0)]
    [InlineData(SafetensorsRule.Offsets, """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1)]
    [InlineData(SafetensorsRule.Offsets, """{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}""", 1)]
    [InlineData(SafetensorsRule.Offsets, """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1)]
    [InlineData(SafetensorsRule.Offsets, """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1)]
    [InlineData(SafetensorsRule.BeyondData, "{" + A4 + "}", 3)]
    [InlineData(SafetensorsRule.BeyondData, """{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 3)]
    [InlineData(SafetensorsRule.SizeMismatch, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}""", 3)]
    [InlineData(SafetensorsRule.SizeMismatch, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}}""", 5)]
    [InlineData(SafetensorsRule.Overlap, "{" + A4 + ""","b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}""", 7)]
    [InlineData(SafetensorsRule.Overlap, "{" + A4 + ""","b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 4)]
    [InlineData(SafetensorsRule.Hole, "{" + A4 + ""","b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}""", 6)]
    [InlineData(SafetensorsRule.Hole, """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)]
    [InlineData(SafetensorsRule.TrailingData, "{" + A4 + "}", 5)]
    [InlineData(SafetensorsRule.TrailingData, "{}", 1)]
    public void NamesTheBrokenRule(SafetensorsRule rule, string header, int dataBytes)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", RawFile.Of(header, dataBytes));

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));

        Assert.Equal(rule, error.Rule);
        Assert.Equal(2, error.ExitCode);
        Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(SafetensorsRule.FileTooShort, new byte[0])]
    [InlineData(SafetensorsRule.FileTooShort, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'{' })]
    [InlineData(SafetensorsRule.HeaderStart, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(SafetensorsRule.HeaderBeyondFile, new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(SafetensorsRule.HeaderBeyondFile, new byte[] { 0, 0xE1, 0xF5, 5, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(SafetensorsRule.HeaderTooLarge, new byte[] { 1, 0xE1, 0xF5, 5, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(SafetensorsRule.HeaderTooLarge, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}' })]
    [InlineData(SafetensorsRule.HeaderNotUtf8, new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"', 0xFF, (byte)'}' })]
    public void NamesTheBrokenRuleOfTheFrame(SafetensorsRule rule, byte[] content)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", content);
        Assert.Equal(rule, Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path)).Rule);
    }

    [Fact]
    public void SaysWhenThereIsNoSuchFile()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such file", Assert.Throws<InputException>(() => SafetensorsFile.Open(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public unsafe void ChecksEveryAccess()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x", RawFile.Of("{" + A4 + "}", 4));
        var file = SafetensorsFile.Open(path);
        TensorInfo a = file.Get("a");

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(a, 1, 4).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(a, -1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(a, 0, -1).Length);
        Assert.Throws<ArgumentException>(() => file.Values<float>(a).Length);
        Assert.Throws<ArgumentException>(() => file.Bytes(new TensorInfo("a", DType.U8, 4)).Length);
        Assert.Throws<InvalidFileException>(() => file.Get("b"));
        Assert.Throws<InvalidFileException>(() => file.ReadSingles(a, 0, new float[1]));
        Assert.Throws<ArgumentException>(() =>
        {
            int four = 0;
            file.CopyTo(a, &four, 3);
        });
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(a).Length);
    }
}
