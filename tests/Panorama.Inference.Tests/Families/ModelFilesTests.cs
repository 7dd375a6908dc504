using Panorama.Core.Configuration;
using Panorama.Core.Errors;
using Panorama.Inference.Families;

namespace Panorama.Inference.Tests.Families;

public sealed class ModelFilesTests : IDisposable
{
    // Byte-level without merges: ids 0 to 3 are letters, 4 to 6 special.
    private const string TokenizerJson = """
        {"version":"1.0","truncation":null,"padding":null,"normalizer":null,
         "added_tokens":[{"id":4,"content":"<s>","special":true},{"id":5,"content":"</s>","special":true},{"id":6,"content":"<turn>","special":true}],
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},"post_processor":POST,"decoder":{"type":"ByteLevel"},
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"d":3},"merges":[]}}
        """;

    private const string BeginsWithBos = """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[4],"tokens":["<s>"]}}}""";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AFolderGivesItsParts()
    {
        TinyModel.All["llama"].Write(_folder.Path);
        Put("tokenizer.json", TokenizerJson.Replace("POST", "null", StringComparison.Ordinal));
        Put("tokenizer_config.json", """{"eos_token":{"content":"<turn>","special":true},"bos_token":"<s>","chat_template":"from config"}""");
        Put("generation_config.json", """{"eos_token_id":[5],"do_sample":true,"temperature":0.6}""");
        using ModelFiles files = ModelFiles.Open(_folder.Path);
        Assert.Equal(TinyModel.All["llama"].Config, files.Config);
        Assert.Equal(new SpecialTokenIds { Bos = 4, Eos = [5, 6] }, files.SpecialTokens);
        Assert.Equal(0.6f, files.Generation.Temperature);
        Assert.Equal([0, 1, 0], files.Tokenizer.Encode("aba"));
        Assert.Equal("from config", files.ChatTemplate);
        Assert.False(files.AddsBos);
        using IModelWeights weights = files.OpenWeights();
        Assert.True(weights.TryGet(WeightRole.TokenEmbedding, 0, out _));
    }

    [Fact]
    public void TheTemplateOfItsOwnFileComesFirst()
    {
        TinyModel.All["llama"].Write(_folder.Path);
        Put("tokenizer_config.json", """{"chat_template":"from config"}""");
        Put("chat_template.jinja", "from file");
        Assert.Equal("from file", Open().ChatTemplate);
    }

    [Fact]
    public void AListOfTemplatesGivesTheDefault()
    {
        TinyModel.All["llama"].Write(_folder.Path);
        Put("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}""");
        Assert.Equal("d", Open().ChatTemplate);
    }

    [Theory]
    [InlineData("null", "{}", false)]
    [InlineData(BeginsWithBos, "{}", true)]
    [InlineData(BeginsWithBos, """{"add_bos_token":false}""", false)]
    [InlineData("null", """{"add_bos_token":true}""", true)]
    [InlineData("null", """{"tokenizer_class":"LlamaTokenizer"}""", true)]
    public void WhetherATextBeginsWithItsTokenIsDecidedAsTheFilesSay(string post, string settings, bool expected)
    {
        TinyModel.All["llama"].Write(_folder.Path);
        Put("tokenizer.json", TokenizerJson.Replace("POST", post, StringComparison.Ordinal));
        Put("generation_config.json", """{"bos_token_id":4}""");
        Put("tokenizer_config.json", settings);
        Assert.Equal(expected, Open().AddsBos);
    }

    [Theory]
    [InlineData("""{"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true,"word_embedding_dimension":16}""", PoolingKind.Mean)]
    [InlineData("""{"pooling_mode_cls_token":true}""", PoolingKind.First)]
    public void PoolingIsReadFromTheLayoutOfSentenceTransformers(string json, PoolingKind expected)
    {
        TinyModel.All["bert"].Write(_folder.Path);
        Assert.Null(Open().Pooling);
        Directory.CreateDirectory(_folder["1_Pooling"]);
        Put("1_Pooling/config.json", json);
        Assert.Equal(expected, Open().Pooling);
    }

    [Fact]
    public void AnotherPoolingIsRefusedByName()
    {
        TinyModel.All["bert"].Write(_folder.Path);
        Directory.CreateDirectory(_folder["1_Pooling"]);
        Put("1_Pooling/config.json", """{"pooling_mode_max_tokens":true}""");
        Assert.Contains("pooling_mode_max_tokens", Assert.Throws<InvalidFileException>(() => Open().Pooling).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATokenizerOfAnotherModelIsRefused()
    {
        TinyModel.All["llama"].Write(_folder.Path);
        Put("tokenizer.json", TokenizerJson.Replace("POST", "null", StringComparison.Ordinal).Replace("\"id\":6", "\"id\":48", StringComparison.Ordinal));
        Assert.Contains("49 ids, the model only 48", Assert.Throws<InputException>(() => Open().Tokenizer).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoModelSaysSo()
    {
        Assert.Contains("no config.json", Assert.Throws<InputException>(Open).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<InputException>(() => ModelFiles.Open(_folder["none"])).Message, StringComparison.Ordinal);
        TinyModel.All["llama"].Write(_folder["model"]);
        Assert.Contains("Did you mean", Assert.Throws<InputException>(Open).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private ModelFiles Open() => ModelFiles.Open(_folder.Path);

    private void Put(string name, string text) => File.WriteAllText(_folder[name], text);
}
