using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Core.Tests.IO;

public sealed class JsonFileTests
{
    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("{\n  x}", "line 2, byte 3")]
    [InlineData("""{"a":1,"a":2}""", "a")]
    [InlineData("""{"a":"\udc00"}""", "not valid Unicode")]
    [InlineData("""{"\udc00":1}""", "not valid Unicode")]
    [InlineData("", "not valid JSON")]
    public void SaysWhatIsWrongAndWhere(string json, string part)
    {
        var error = Assert.Throws<InvalidFileException>(() => JsonFile.Parse(Encoding.UTF8.GetBytes(json), "some.json"));
        Assert.StartsWith("some.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesInvalidUtf8AndDeepNesting()
    {
        Assert.Throws<InvalidFileException>(() => JsonFile.Parse(new byte[] { (byte)'"', 0xC3, (byte)'"' }, "x"));
        Assert.Throws<InvalidFileException>(() => JsonFile.Parse(Encoding.UTF8.GetBytes(new string('[', 100_000)), "x"));
    }

    [Fact]
    public void BoundsTheSize()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x", "[1,2,3]");
        Assert.Equal(3, JsonFile.Read(path, 7).RootElement.GetArrayLength());
        Assert.Contains("at most 6 allowed", Assert.Throws<InvalidFileException>(() => JsonFile.Read(path, 6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AcceptsAByteOrderMark() => Assert.Equal(1, JsonFile.Parse("\uFEFF1"u8.ToArray(), "x").RootElement.GetInt32());

    [Fact]
    public void FieldsNameThemselves()
    {
        JsonFields fields = JsonFields.Of(JsonFile.Parse("""{"a":{"b":[1,"x\ny"]},"n":null}"""u8.ToArray(), "f.json"), "f.json");
        Assert.Equal("f.json: has no n, which is required.", Assert.Throws<InvalidFileException>(() => fields.Required("n")).Message);
        JsonField item = fields.Required("a").Object().Required("b").Items()[1];
        Assert.Equal("""f.json: a.b[1] is '"x\ny"'; allowed: an integer of 32 bits.""", Assert.Throws<InvalidFileException>(() => item.Int32()).Message);
    }

    [Fact]
    public void ShownTextCannotBreakALine()
    {
        Assert.Equal(@"'a\u000ab\u001b'", Shown.Quote("a\nb\u001b"));
        Assert.Equal(123, Shown.Quote(new string('x', 500)).Length);
        Assert.Equal("1.5 KiB", Shown.Bytes(1536));
        Assert.Equal("8 EiB", Shown.Bytes(long.MaxValue));
    }
}
