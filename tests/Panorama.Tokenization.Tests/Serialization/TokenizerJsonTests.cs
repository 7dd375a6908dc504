using System.Text.Json.Nodes;
using Panorama.Core.Errors;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests.Serialization;

public sealed class TokenizerJsonTests
{
    [Theory]
    [InlineData(SplitPattern.Llama3)]
    [InlineData(SplitPattern.Qwen2)]
    [InlineData(SplitPattern.Gpt2)]
    public void ASavedTokenizerIsTheSame(SplitPattern pattern)
    {
        using var folder = new TemporaryFolder();
        Tokenizer trained = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 500, PreTokenizer = pattern });
        trained.Save(folder["model"]);
        Tokenizer loaded = Tokenizer.Load(folder["model"]);
        Assert.Equal(trained.SpecialTokens, loaded.SpecialTokens);
        Assert.Equal(Tokens(trained), Tokens(loaded));
        foreach (string text in SampleTexts.All) Assert.Equal(trained.Encode(text, parseSpecial: true), loaded.Encode(text, parseSpecial: true));

        loaded.Save(folder["again.json"]);
        Assert.Equal(File.ReadAllText(folder["model/tokenizer.json"]), File.ReadAllText(folder["again.json"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length); // no temporary file is left
    }

    [Fact]
    public void BothFormsOfMergesMeanTheSame()
    {
        JsonObject pairs = TestFiles.Json("h e", "t he");
        pairs["model"]!["merges"] = new JsonArray(new JsonArray("h", "e"), new JsonArray("t", "he"));
        Assert.Equal(TestFiles.Load(TestFiles.Json("h e", "t he")).Encode("the"), TestFiles.Load(pairs).Encode("the"));
    }

    [Fact]
    public void OldFilesHaveNoModelType()
    {
        JsonObject json = TestFiles.Json("h e");
        json["model"]!.AsObject().Remove("type");
        Assert.Equal([256], TestFiles.Load(json).Encode("he"));
    }

    [Fact]
    public void SpecialTokensAreFirstInSomeFiles()
    {
        JsonObject json = TestFiles.Json("h e");
        var shifted = new JsonObject { [TestFiles.EndOfText] = 0 };
        foreach ((string token, JsonNode? id) in json["model"]!["vocab"]!.AsObject()) shifted[token] = id!.GetValue<int>() + 1;
        json["model"]!["vocab"] = shifted;
        json["added_tokens"]![0]!["id"] = 0;
        Tokenizer tokenizer = TestFiles.Load(json);
        Assert.Equal(258, tokenizer.VocabularySize);
        Assert.Equal([257, 0], tokenizer.Encode($"he{TestFiles.EndOfText}", parseSpecial: true));
    }

    [Fact]
    public void ThePostProcessorAddsTokensOnlyWhenAskedAndIsKept()
    {
        using var folder = new TemporaryFolder();
        JsonObject json = TestFiles.Json();
        json["post_processor"] = JsonNode.Parse("""
            {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
             "single":[{"SpecialToken":{"id":"S","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"E","type_id":0}}],
             "pair":[],"special_tokens":{"S":{"id":"S","ids":[256],"tokens":["S"]},"E":{"id":"E","ids":[256,0],"tokens":["E","!"]}}}]}
            """);
        Tokenizer tokenizer = TestFiles.Load(json);
        Assert.Equal([65], tokenizer.Encode("b"));
        Assert.Equal([256, 65, 256, 0], tokenizer.AddSpecialTokens(tokenizer.Encode("b")));
        tokenizer.Save(folder.Path);
        Assert.Equal([256, 1, 256, 0], Tokenizer.Load(folder.Path).AddSpecialTokens([1]));
    }

    [Fact]
    public void WhereNothingCanBeWrittenTheErrorNamesTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        Tokenizer tokenizer = TestFiles.Load(TestFiles.Json());
        Assert.Contains("tokenizer.json", Assert.Throws<JobException>(() => tokenizer.Save(folder["file/below"])).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Tokens(Tokenizer tokenizer) => Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken);
}
