using System.Text.Json.Nodes;
using Panorama.Core.Errors;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Tokenization.Tests.ChatTemplates;

public sealed class TokenizerConfigTests
{
    private static readonly Tokenizer Tokenizer = TestFiles.Load(TestFiles.Json());

    [Fact]
    public void WritesWhatOtherToolsRead()
    {
        using var folder = new TemporaryFolder();
        new TokenizerConfig { EosToken = TestFiles.EndOfText, PadToken = TestFiles.EndOfText, ModelMaxLength = 512, ChatTemplate = ChatTemplate.ChatMl }.Save(folder.Path, Tokenizer);
        JsonNode json = JsonNode.Parse(File.ReadAllText(folder["tokenizer_config.json"]))!;
        Assert.Equal("PreTrainedTokenizerFast", json["tokenizer_class"]!.GetValue<string>());
        Assert.Equal(TestFiles.EndOfText, json["eos_token"]!.GetValue<string>());
        Assert.Equal(TestFiles.EndOfText, json["pad_token"]!.GetValue<string>());
        Assert.Null(json["bos_token"]);
        Assert.Equal(512, json["model_max_length"]!.GetValue<int>());
        Assert.Equal(ChatTemplate.ChatMl.Text, json["chat_template"]!.GetValue<string>());
        Assert.False(json["clean_up_tokenization_spaces"]!.GetValue<bool>());
    }

    [Fact]
    public void ATokenThatTheTokenizerLacksIsNamed()
    {
        using var folder = new TemporaryFolder();
        var config = new TokenizerConfig { EosToken = "</s>", ModelMaxLength = 512 };
        Assert.Contains("</s>", Assert.Throws<InputException>(() => config.Save(folder.Path, Tokenizer)).Message, StringComparison.Ordinal);
        Assert.Contains("model_max_length is 0", Assert.Throws<InputException>(() => config with { ModelMaxLength = 0 }).Message, StringComparison.Ordinal);
    }
}
