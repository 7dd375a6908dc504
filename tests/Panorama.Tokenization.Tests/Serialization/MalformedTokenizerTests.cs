using System.Text;
using System.Text.Json.Nodes;
using Panorama.Core.Errors;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Tests.Serialization;

/// <summary>Every breach is a typed error that names the file and the thing.</summary>
public sealed class MalformedTokenizerTests
{
    public static TheoryData<string, string, string> Parts => new()
    {
        // where, what is put there (JSON; empty removes it), what the message must name
        { "model", "", "model is missing" },
        { "model", "7", "model is 7, not an object" },
        { "model/type", "\"WordPiece\"", "model.type is \"WordPiece\"" },
        { "model/vocab", "", "model.vocab is missing" },
        { "model/vocab", "[1]", "model.vocab is [1]" },
        { "model/vocab/a", "", "\"a\" for the byte 0x61" },
        { "model/vocab/a", "-1", "model.vocab[\"a\"] is -1" },
        { "model/vocab/a", "1.5", "model.vocab[\"a\"] is 1.5" },
        { "model/vocab/a", "1", "the id 1 to both \"\"\" and \"a\"" },
        { "model/vocab/a", "400", "gives \"a\" the id 400, but there are 258 tokens" },
        { "model/vocab/a", "2147483647", "gives \"a\" the id 2147483647" },
        { "model/merges", "[\"h e\",\"h h\"]", "model.merges[1] names \"hh\"" },
        { "model/merges", "", "model.merges is missing" },
        { "model/merges", "[\"h e\",\"x zz\"]", "model.merges[1] names \"zz\"" },
        { "model/merges", "[\"h\"]", "model.merges[0] is \"h\"" },
        { "model/merges", "[\"h e e\"]", "model.merges[0] is \"h e e\"" },
        { "model/merges", "[[\"h\",\"e\",\"e\"]]", "model.merges[0] is [\"h\",\"e\",\"e\"]" },
        { "model/merges", "[null]", "model.merges[0] is null" },
        { "model/dropout", "0.1", "model.dropout is 0.1" },
        { "model/byte_fallback", "true", "model.byte_fallback is true" },
        { "model/continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix is \"##\"" },
        { "model/end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is \"</w>\"" },
        { "model/ignore_merges", "1", "model.ignore_merges is 1" },
        { "normalizer", "{\"type\":\"NFC\"}", "normalizer.type is \"NFC\"" },
        { "truncation", "{\"max_length\":5}", "truncation is" },
        { "padding", "{}", "padding is" },
        { "pre_tokenizer", "null", "pre_tokenizer is missing" },
        { "pre_tokenizer/type", "\"Metaspace\"", "pre_tokenizer.type is \"Metaspace\"" },
        { "pre_tokenizer/add_prefix_space", "true", "pre_tokenizer.add_prefix_space is true" },
        { "pre_tokenizer/use_regex", "false", "pre_tokenizer.use_regex is false" },
        { "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[]}", "has 0 parts" },
        { "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\"}]}", "pre_tokenizer.pretokenizers[0].type is \"Digits\"" },
        { "decoder", "", "decoder is missing" },
        { "decoder/type", "\"WordPiece\"", "decoder.type is \"WordPiece\"" },
        { "post_processor", "{\"type\":\"BertProcessing\"}", "post_processor.type is \"BertProcessing\"" },
        { "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[]}", "post_processor.single has no place" },
        {
            "post_processor", $"{{\"type\":\"TemplateProcessing\",\"single\":[{{\"Sequence\":{{\"id\":\"A\"}}}},{{\"SpecialToken\":{{\"id\":\"S\"}}}}],\"special_tokens\":{{\"S\":{{\"ids\":[{string.Join(',', new int[1025])}]}}}}}}",
            "post_processor.single adds more than 1024 tokens"
        },
        { "added_tokens/0/lstrip", "true", "added_tokens[0].lstrip is true" },
        { "added_tokens/0/content", "\"\"", "added_tokens[0].content has 0 characters" },
        { "added_tokens/0/content", "\"a\"", "gives \"a\" the id 257, but model.vocab gives it 64" },
        { "added_tokens/0/id", "0", "the id 0 to both \"!\" and \"<|endoftext|>\"" },
        { "added_tokens/0/id", "999", "gives \"<|endoftext|>\" the id 999" },
        { "added_tokens/0", "{\"id\":256,\"content\":\"he\",\"special\":true}", "the special token \"he\" is made by this merge" },
        { "added_tokens/0", "{\"id\":64,\"content\":\"a\",\"special\":true}", "the special token \"a\" is the token of a byte" },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void ABreachIsNamed(string where, string value, string message)
    {
        JsonObject json = TestFiles.Json("h e");
        Put(json, where.Split('/'), value);
        Assert.Contains(message, Assert.Throws<InvalidFileException>(() => TestFiles.Load(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownPatternIsNamed()
    {
        JsonObject json = TestFiles.Json();
        json["pre_tokenizer"] = JsonNode.Parse("""
            {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(a+)+b"},"behavior":"Isolated","invert":false},
             {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
            """);
        string message = Assert.Throws<InvalidFileException>(() => TestFiles.Load(json)).Message;
        Assert.Contains("\"(a+)+b\"", message, StringComparison.Ordinal);
        json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = SplitPatternText.Of(SplitPattern.Qwen2);
        Assert.Equal(257, TestFiles.Load(json).VocabularySize);
        json["pre_tokenizer"]!["pretokenizers"]![0]!["behavior"] = "Removed";
        Assert.Contains("\"Removed\"", Assert.Throws<InvalidFileException>(() => TestFiles.Load(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATruncatedFileIsRefusedAtEveryLength()
    {
        byte[] whole = Encoding.UTF8.GetBytes(TestFiles.Text(TestFiles.Json("h e")));
        for (int length = 0; length < whole.Length; length += 97) Refused(whole[..length], "not valid JSON");
    }

    [Fact]
    public void DeepNestingIsRefused() => Refused(Encoding.UTF8.GetBytes(new string('[', 1_000_000)), "not valid JSON");

    [Fact]
    public void ADuplicateTokenIsRefused() =>
        Refused(Encoding.UTF8.GetBytes(TestFiles.Text(TestFiles.Json()).Replace("\"vocab\":{", "\"vocab\":{\"a\":5,", StringComparison.Ordinal)), "the token \"a\" twice");

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\u00FF")] // written as Latin-1 below: not UTF-8
    public void ABrokenStringIsRefused(string content) =>
        Refused(Encoding.Latin1.GetBytes($$$$"""{"added_tokens":[{"id":0,"content":"{{{{content}}}}"}],"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{}}}"""), "not valid Unicode");

    [Fact]
    public void AMissingFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("tokenizer.json", Assert.Throws<InputException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", Assert.Throws<InputException>(() => Tokenizer.Load(folder["nowhere/tokenizer.json"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RandomChangesOfTheFileNeverEscapeAsOtherErrors()
    {
        byte[] whole = Encoding.UTF8.GetBytes(TestFiles.Text(TestFiles.Json("h e", "t he")));
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            byte[] changed = [.. whole];
            foreach ((int at, byte value) in changes) changed[at] = value;
            using var folder = new TemporaryFolder();
            File.WriteAllBytes(folder["tokenizer.json"], changed);
            try
            {
                Tokenizer tokenizer = Tokenizer.Load(folder.Path);
                Assert.Equal("the", tokenizer.Decode(tokenizer.Encode("the")));
            }
            catch (InvalidFileException e)
            {
                Assert.StartsWith(folder.Path, e.Message, StringComparison.Ordinal);
            }
        }, iter: 500);
    }

    private static void Refused(byte[] file, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["tokenizer.json"], file);
        Assert.Contains(message, Assert.Throws<InvalidFileException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void Put(JsonNode node, string[] path, string value)
    {
        foreach (string name in path[..^1]) node = Child(node, name);
        JsonNode? replacement = value.Length == 0 ? null : JsonNode.Parse(value);
        if (node is JsonArray array) array[int.Parse(path[^1])] = replacement;
        else if (value.Length == 0) node.AsObject().Remove(path[^1]);
        else node[path[^1]] = replacement;
    }

    private static JsonNode Child(JsonNode node, string name) => node is JsonArray array ? array[int.Parse(name)]! : node[name]!;
}
