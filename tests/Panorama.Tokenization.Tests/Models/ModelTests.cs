using System.Text.Json.Nodes;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Tests.Models;

public sealed class ModelTests
{
    [Theory]
    [InlineData("unaffable", "un|##aff|##able")]
    [InlineData("unaffx", "[UNK]")] // a part that fits nowhere makes the word unknown
    [InlineData("un aff", "un|[UNK]")]
    [InlineData("ununun", "un|##un|##un")]
    public void WordPieceTakesTheLongestFirst(string text, string expected)
    {
        Tokenizer tokenizer = Load("WordPiece", ["[UNK]", "un", "##un", "##aff", "##able", "##a", "##f"], """{"type":"WhitespaceSplit"}""", static model => model["unk_token"] = "[UNK]");
        Assert.Equal(expected, tokenizer.Shown(tokenizer.Encode(text)));
    }

    [Fact]
    public void WordPieceHasALongestWord()
    {
        Tokenizer tokenizer = Load("WordPiece", ["[UNK]", "a", "##a"], "null", static model => model["max_input_chars_per_word"] = 3);
        Assert.Equal("a|##a|##a", tokenizer.Shown(tokenizer.Encode("aaa")));
        Assert.Equal("[UNK]", tokenizer.Shown(tokenizer.Encode("aaaa")));
    }

    [Fact]
    public void WordLevelKnowsWholeWordsOnly()
    {
        Tokenizer tokenizer = Load("WordLevel", ["<unk>", "the", "cat"], """{"type":"WhitespaceSplit"}""", static model => model["unk_token"] = "<unk>");
        Assert.Equal("the|<unk>|cat", tokenizer.Shown(tokenizer.Encode("the big cat")));
        Tokenizer closed = Load("WordLevel", ["the"], """{"type":"WhitespaceSplit"}""", static model => model["unk_token"] = "<unk>");
        Assert.Contains("\"big\"", Assert.Throws<InputException>(() => closed.Encode("the big")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "a|b|<unk>|<unk>|a")]
    [InlineData(true, false, "a|b|<unk>|a")]
    public void UnknownCharactersAreOneTokenOrSeveral(bool fuse, bool fallback, string expected)
    {
        Tokenizer tokenizer = Load("BPE", ["<unk>", "a", "b"], "null", model => (model["unk_token"], model["fuse_unk"], model["byte_fallback"], model["merges"]) = ("<unk>", fuse, fallback, new JsonArray()));
        Assert.Equal(expected, tokenizer.Shown(tokenizer.Encode("ab中文a")));
    }

    [Fact]
    public void UnknownCharactersFallBackToBytes()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(static b => $"<0x{b:X2}>")];
        Tokenizer tokenizer = Load("BPE", ["<unk>", "a", .. bytes], "null", static model => (model["unk_token"], model["byte_fallback"], model["merges"]) = ("<unk>", true, new JsonArray()), """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}""");
        Assert.Equal("a|<0xE4>|<0xB8>|<0xAD>", tokenizer.Shown(tokenizer.Encode("a中")));
        SampleTexts.Unicode.Sample(text => Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text))), iter: 500);
    }

    [Fact]
    public void AffixesMarkTheInsideAndTheEndOfWords()
    {
        Tokenizer tokenizer = Load("BPE", ["l", "##o", "##w</w>", "##ow</w>", "low</w>"], """{"type":"WhitespaceSplit"}""", static model =>
            (model["continuing_subword_prefix"], model["end_of_word_suffix"], model["merges"]) = ("##", "</w>", new JsonArray("##o ##w</w>", "l ##ow</w>")));
        Assert.Equal("low</w>|low</w>", tokenizer.Shown(tokenizer.Encode("low low")));
    }

    [Fact]
    public void UnigramFindsTheMostProbableWay() =>
        Gen.Select(Gen.OneOf("a", "b", "ab", "ba", "aab", "bb", "aba").Array[1, 6], Gen.Int[1, 50].Array[7], Gen.OneOf("a", "b").Array[1, 12]).Sample(static (pieces, scores, letters) =>
        {
            string[] vocabulary = ["<unk>", "a", "b", .. pieces.Where(static p => p.Length > 1).Distinct()];
            double[] probability = [-100, .. vocabulary.Skip(1).Select((_, i) => -scores[i] - (i * 1e-3))];
            Tokenizer tokenizer = TestFiles.Load(new JsonObject
            {
                ["model"] = new JsonObject
                {
                    ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = new JsonArray([.. vocabulary.Select((t, i) => (JsonNode)new JsonArray(t, probability[i]))]),
                },
            });
            string text = string.Concat(letters);
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, string.Concat(ids.Select(tokenizer.IdToToken)));
            Assert.Equal(Best(text), ids.Sum(id => probability[id]), 6);

            double Best(string rest) => rest.Length == 0 ? 0 : Enumerable.Range(1, vocabulary.Length - 1).Where(i => rest.StartsWith(vocabulary[i], StringComparison.Ordinal)).Max(i => probability[i] + Best(rest[vocabulary[i].Length..]));
        }, iter: 300);

    [Fact]
    public void UnigramJoinsUnknownCharacters()
    {
        Tokenizer tokenizer = TestFiles.Load(new JsonObject
        {
            ["model"] = new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = new JsonArray(new JsonArray("<unk>", 0), new JsonArray("a", -1)) },
        });
        Assert.Equal([1, 0, 1, 0], tokenizer.Encode("a中文ab"));
    }

    [Fact]
    public void LongTextWithMarksIsCutWithoutChangingTokens()
    {
        // With a token that crosses a mark the whole text is one word; without it, short words are remembered. Same tokens here.
        string[] vocabulary = ["<unk>", "a", "b", "▁", "▁a", "ab", "▁ab", "▁▁"];
        JsonArray merges = ["▁ a", "a b", "▁ ab", "▁a b", "▁ ▁"];
        Tokenizer cut = Load("BPE", vocabulary, "null", model => (model["unk_token"], model["merges"]) = ("<unk>", merges.DeepClone()));
        Tokenizer whole = Load("BPE", [.. vocabulary, "c▁", "c"], "null", model => (model["unk_token"], model["merges"]) = ("<unk>", new JsonArray([.. merges.Select(static m => m!.DeepClone()), "c ▁"])));
        Gen.OneOf("a", "b", "▁", "x").Array[20, 200].Select(string.Concat).Sample(text => Assert.Equal(whole.Encode(text), cut.Encode(text)), iter: 500);
    }

    [Fact]
    public void ControlTokensAreNeverMadeByTheModel()
    {
        JsonObject json = TestFiles.Json("s t", "st o");
        json["added_tokens"]!.AsArray().Add(TestFiles.Added(257, "sto", special: true));
        json["added_tokens"]![0]!["id"] = 258;
        Tokenizer tokenizer = TestFiles.Load(json);
        Assert.Equal("st|o", tokenizer.Shown(tokenizer.Encode("sto")));
        Assert.Equal([257], tokenizer.Encode("sto", parseSpecial: true));
        foreach (string type in (string[])["WordPiece", "WordLevel"])
        {
            JsonObject other = Json(type, ["[UNK]", "[CLS]", "a"], "null", "null");
            other["added_tokens"] = new JsonArray(TestFiles.Added(1, "[CLS]", special: true));
            other["model"]!["unk_token"] = "[UNK]";
            Assert.Equal([0], TestFiles.Load(other).Encode("[CLS]"));
        }
    }

    private static Tokenizer Load(string type, string[] vocabulary, string preTokenizer, Action<JsonNode> change, string decoder = "null")
    {
        JsonObject json = Json(type, vocabulary, preTokenizer, decoder);
        change(json["model"]!);
        return TestFiles.Load(json);
    }

    private static JsonObject Json(string type, string[] vocabulary, string preTokenizer, string decoder) => new()
    {
        ["pre_tokenizer"] = JsonNode.Parse(preTokenizer),
        ["decoder"] = JsonNode.Parse(decoder),
        ["model"] = new JsonObject { ["type"] = type, ["vocab"] = new JsonObject(vocabulary.Select((t, i) => KeyValuePair.Create(t, (JsonNode?)i))) },
    };
}
