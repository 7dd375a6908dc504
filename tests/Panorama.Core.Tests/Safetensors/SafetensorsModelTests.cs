using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.Safetensors;

namespace Panorama.Core.Tests.Safetensors;

public sealed class SafetensorsModelTests
{
    private static readonly TensorInfo[] Tensors = [new("a", DType.F32, 4), new("b", DType.F32, 2), new("c", DType.F32, 100), new("d", DType.F32, 1)];

    [Theory]
    [InlineData(1_000_000, 1)]
    [InlineData(24, 3)]
    [InlineData(1, 4)]
    public void WritesAndReadsShards(long limit, int files)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, limit);

        using var model = SafetensorsModel.Open(folder.Path);

        Assert.Equal(files, model.Files.Count);
        Assert.Equal(Tensors.Length, model.Tensors.Count);
        foreach (TensorInfo expected in Tensors)
        {
            (TensorInfo tensor, SafetensorsFile file) = model.Require(expected.Name, expected.Shape);
            Assert.Equal(Enumerable.Repeat((float)expected.Name[0], (int)expected.ElementCount), file.Values<float>(tensor).ToArray());
            Assert.Equal("pt", file.Metadata["format"]);
        }

        Assert.Equal(files > 1, File.Exists(folder[SafetensorsModel.IndexFileName]));
    }

    [Fact]
    public void NamesShardsAsOthersExpect()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, 24);
        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(folder[SafetensorsModel.IndexFileName]));
        Assert.Equal(428, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
        JsonElement map = index.RootElement.GetProperty("weight_map");
        Assert.Equal("model-00001-of-00003.safetensors", map.GetProperty("b").GetString());
        Assert.Equal("model-00002-of-00003.safetensors", map.GetProperty("c").GetString());
        Assert.Equal("model-00003-of-00003.safetensors", map.GetProperty("d").GetString());
    }

    [Fact]
    public void NamesAMissingTensorAndAWrongShape()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, 24);
        using var model = SafetensorsModel.Open(folder.Path);
        string missing = Assert.Throws<InvalidFileException>(() => model.Require("e", 7, 8)).Message;
        Assert.Contains("'e'", missing, StringComparison.Ordinal);
        Assert.Contains("[7, 8]", missing, StringComparison.Ordinal);
        string wrong = Assert.Throws<InvalidFileException>(() => model.Require("a", 2, 2)).Message;
        Assert.Contains("has the shape [4]; expected is [2, 2]", wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SafetensorsRule.Index, "[]")]
    [InlineData(SafetensorsRule.Index, "{")]
    [InlineData(SafetensorsRule.Index, "{}")]
    [InlineData(SafetensorsRule.Index, """{"weight_map":{}}""")]
    [InlineData(SafetensorsRule.Index, """{"weight_map":{"a":1}}""")]
    [InlineData(SafetensorsRule.Index, """{"weight_map":{"a":"one","a":"two"}}""")]
    [InlineData(SafetensorsRule.Index, """{"weight_map":{"a":"\ud800"}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":"../one"}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":"/one"}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":"x\\one"}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":"C:one"}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":".."}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":""}}""")]
    [InlineData(SafetensorsRule.ShardName, """{"weight_map":{"a":"one\u0000"}}""")]
    [InlineData(SafetensorsRule.ShardContent, """{"weight_map":{"a":"one","z":"one"}}""")]
    [InlineData(SafetensorsRule.ShardContent, """{"weight_map":{"a":"one"}}""")]
    [InlineData(SafetensorsRule.ShardContent, """{"weight_map":{"a":"one","b":"two"}}""")]
    public void RefusesABadIndex(SafetensorsRule rule, string index)
    {
        using var folder = new TemporaryFolder();
        folder.Write("one", RawFile.Of("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2));
        folder.Write("two", RawFile.Of("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1));
        folder.Write(SafetensorsModel.IndexFileName, index);
        Assert.Equal(rule, Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.Path)).Rule);
    }

    [Fact]
    public void SaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("has neither model.safetensors nor", Assert.Throws<InputException>(() => SafetensorsModel.Open(folder.Path)).Message, StringComparison.Ordinal);
        folder.Write(SafetensorsModel.IndexFileName, """{"weight_map":{"a":"none"}}""");
        Assert.Contains("no such file", Assert.Throws<InputException>(() => SafetensorsModel.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnfinishedModelLeavesNoFile()
    {
        using var folder = new TemporaryFolder();
        using (SafetensorsModelWriter.Create(folder.Path, Tensors, 24))
        {
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static void Write(string folder, long limit)
    {
        using var writer = SafetensorsModelWriter.Create(folder, Tensors, limit);
        foreach (TensorInfo tensor in Tensors)
        {
            writer.AppendValues<float>(tensor.Name, Enumerable.Repeat((float)tensor.Name[0], (int)tensor.ElementCount).ToArray());
        }

        writer.Complete();
    }
}
