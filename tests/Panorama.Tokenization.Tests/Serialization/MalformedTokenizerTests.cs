using System.Text;
using System.Text.Json.Nodes;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Tests.Serialization;

/// <summary>Every breach is a typed error that names the file and the thing.</summary>
public sealed class MalformedTokenizerTests
{
    public static TheoryData<string, string, string> Parts => new()
    {
        // where, what is put there (JSON; empty removes it), what the message must name
        { "model", "", "model is missing" },
        { "model", "7", "model is 7, not an object" },
        { "model/vocab", "", "model.vocab is missing" },
        { "model/vocab", "[1]", "model.vocab is [1]" },
        { "model/vocab/a", "-1", "model.vocab[\"a\"] is -1" },
        { "model/vocab/a", "1.5", "model.vocab[\"a\"] is 1.5" },
        { "model/vocab/a", "1", "the id 1 to both \"\"\" and \"a\"" },
        { "model/vocab/a", "100000", "gives \"a\" the id 100000, but there are 258 tokens" },
        { "model/type", "\"Morfessor\"", "model.type is \"Morfessor\", which is not known; known: BPE, WordPiece, Unigram, WordLevel" },
        { "normalizer", "{\"type\":\"Rot13\"}", "normalizer.type is \"Rot13\", which is not known; known: Sequence, NFC" },
        { "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Rot13\"}]}", "normalizer.normalizers[1].type is \"Rot13\"" },
        { "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}", "normalizer.precompiled_charsmap is no table" },
        { "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"%\"}", "normalizer.precompiled_charsmap is no Base64" },
        // a trie of one unit and a replacement without its end
        { "normalizer", $"{{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"{Convert.ToBase64String([4, 0, 0, 0, 0, 0, 0, 0, .. new string('x', 257).Select(static c => (byte)c)])}\"}}", "a replacement has more than 256 bytes" },
        { $"model/vocab/{new string('a', 1025)}", "258", "model.vocab: the token \"aaa" },
        { "model", $"{{\"type\":\"Unigram\",\"vocab\":[[\"{new string('a', 1025)}\",0]]}}", "has 1025 characters; at most 1024" },
        { "model", "{\"type\":\"WordPiece\",\"max_input_chars_per_word\":65537,\"vocab\":{\"a\":0}}", "model.max_input_chars_per_word is 65537; at most 65536" },
        { "pre_tokenizer/type", "\"Chars\"", "pre_tokenizer.type is \"Chars\", which is not known; known: Sequence, ByteLevel" },
        { "pre_tokenizer", "{\"type\":\"FixedLength\",\"length\":0}", "pre_tokenizer.length is 0" },
        { "pre_tokenizer", "{\"type\":\"Metaspace\",\"prepend_scheme\":\"last\"}", "pre_tokenizer.prepend_scheme is \"last\"" },
        { "decoder/type", "\"Rot13\"", "decoder.type is \"Rot13\", which is not known; known: Sequence, ByteLevel" },
        { "post_processor", "{\"type\":\"Rot13\"}", "post_processor.type is \"Rot13\", which is not known" },
        { "post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\"],\"sep\":[\"b\",1]}", "post_processor.cls is [\"a\"]" },
        { "post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\",9999],\"sep\":[\"b\",1]}", "post_processor.cls[1] is 9999, outside the vocabulary" },
        { "model", "{\"type\":\"Unigram\",\"vocab\":[[\"a\",0],[\"a\",1]]}", "model.vocab[1] is the token \"a\" a second time" },
        { "model", "{\"type\":\"Unigram\",\"vocab\":[[\"a\",1e999]]}", "model.vocab[0] is [\"a\",1e999]; its second part must be a finite number" },
        { "model", "{\"type\":\"Unigram\",\"unk_id\":7,\"vocab\":[[\"a\",0]]}", "model.unk_id is 7" },
        { "model/vocab/a", "2147483647", "gives \"a\" the id 2147483647" },
        { "model/merges", "[\"h e\",\"h h\"]", "model.merges[1] names \"hh\"" },
        { "model/merges", "", "model.merges is missing" },
        { "model/merges", "[\"h e\",\"x zz\"]", "model.merges[1] names \"zz\"" },
        { "model/merges", "[\"h\"]", "model.merges[0] is \"h\"" },
        { "model/merges", "[\"h e e\"]", "model.merges[0] is \"h e e\"" },
        { "model/merges", "[[\"h\",\"e\",\"e\"]]", "model.merges[0] is [\"h\",\"e\",\"e\"]" },
        { "model/merges", "[null]", "model.merges[0] is null" },
        { "model/dropout", "0.1", "model.dropout is 0.1" },
        { "model/ignore_merges", "1", "model.ignore_merges is 1" },
        { "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[]}", "post_processor.single has no place" },
        {
            "post_processor", $"{{\"type\":\"TemplateProcessing\",\"single\":[{{\"Sequence\":{{\"id\":\"A\"}}}},{{\"SpecialToken\":{{\"id\":\"S\"}}}}],\"special_tokens\":{{\"S\":{{\"ids\":[{string.Join(',', new int[1025])}]}}}}}}",
            "post_processor.single adds more than 1024 tokens"
        },
        { "added_tokens/0/content", "\"\"", "added_tokens[0].content has 0 characters" },
        { "added_tokens/0/content", "\"a\"", "gives \"a\" the id 257, but model.vocab gives it 64" },
        { "added_tokens/0/id", "0", "the id 0 to both \"!\" and \"<|endoftext|>\"" },
        { "added_tokens/0/id", "999999", "gives \"<|endoftext|>\" the id 999999" },
        { "added_tokens/0", "{\"id\":64,\"content\":\"a\",\"special\":true}", "make \"a\" special, which is the token of a byte" },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void ABreachIsNamed(string where, string value, string message)
    {
        JsonObject json = TestFiles.Json("h e");
        Put(json, where.Split('/'), value);
        Assert.Contains(message, Assert.Throws<InvalidFileException>(() => TestFiles.Load(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a", "a ( without its )")]
    [InlineData("a)", "a ) without its (")]
    [InlineData("[a", "a [ without its ]")]
    [InlineData("*a", "a repeat of nothing")]
    [InlineData("(a)\\1", "\\1, which is not supported")]
    [InlineData("\\p{Klingon}", "the property \\p{Klingon}, which is not known")]
    [InlineData("(?<name>a)", "a group of a kind that is not supported")]
    [InlineData("(?<=ab)c", "a lookbehind of more than one character")]
    [InlineData("a{5000}", "more than 1000 repeats")]
    [InlineData("(((a{100}){100}){100}){100}", "is too large: more than 20000 steps")]
    [InlineData("((((){1000}){1000}){1000}){1000}", "is too large: more than 200000 parts")]
    [InlineData("a++++++", "repeats of repeats of repeats")]
    public void ABadPatternIsNamed(string pattern, string message)
    {
        string error = Assert.Throws<InvalidFileException>(() => TestFiles.Load(WithPattern(pattern))).Message;
        Assert.Contains("pre_tokenizer.pattern.Regex is the regular expression", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void APatternNestedTooDeepIsRefused() =>
        Assert.Contains("nested more than", Assert.Throws<InvalidFileException>(() => TestFiles.Load(WithPattern(new string('(', 5_000) + new string(')', 5_000)))).Message, StringComparison.Ordinal);

    private static JsonObject WithPattern(string pattern)
    {
        JsonObject json = TestFiles.Json();
        json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false,
        };
        return json;
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
                string decoded = tokenizer.Decode(tokenizer.Encode("the"));
                if (tokenizer.IsLossless) Assert.Equal("the", decoded); // a changed name may leave out a part, or put a space before
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
