using System.Text.Json.Nodes;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Tests;

/// <summary>Each normalizer, pre-tokenizer and decoder on hand-worked text, through a tokenizer of single characters.</summary>
public sealed class PartsTests
{
    [Theory]
    [InlineData("""{"type":"Lowercase"}""", "ÀΣİ", "àσi̇")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", "\u3000 a ", "a ")]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301ก\u0e48", "eก")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""", "éà", "ea")]
    [InlineData("""{"type":"Replace","pattern":{"String":"aa"},"content":"b"}""", "aaaaa", "bba")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"[0-9]+"},"content":"#"}""", "a12b3", "a#b#")]
    [InlineData("""{"type":"Prepend","prepend":"_"}""", "a", "_a")]
    [InlineData("""{"type":"Prepend","prepend":"_"}""", "", "")]
    [InlineData("""{"type":"NFKC"}""", "ﬁ", "fi")]
    [InlineData("""{"type":"Nmt"}""", "a\u0001b\tc\u200Bd", "ab c d")]
    [InlineData("""{"type":"ByteLevel"}""", "a é", "aĠÃ©")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", "Né\u0000\t中!", "ne  中 !")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":false,"lowercase":true}""", "Né中", "né中")]
    public void Normalizers(string normalizer, string text, string expected) => Assert.Equal(expected, string.Concat(Pieces(text + expected, text, normalizer, "null")));

    [Theory]
    [InlineData("""{"type":"Whitespace"}""", "a_1 b!? c", "a_1|b|!?|c")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " a! \n b", "a!|b")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "don't $5 。x", "don|'|t|$|5|。|x")]
    [InlineData("""{"type":"Punctuation","behavior":"Removed"}""", "a,b..c", "a|b|c")]
    [InlineData("""{"type":"Punctuation","behavior":"Isolated"}""", "a,b..c", "a|,|b|.|.|c")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a,b..c", "a|,|b|..|c")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithPrevious"}""", "a,b..c", "a,|b.|.|c")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithNext"}""", "a,b..c", "a|,b|.|.c")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"-"}""", "a-b--c", "a|b|c")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12b", "a|1|2|b")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b", "a|12|b")]
    [InlineData("""{"type":"UnicodeScripts"}""", "abc どこで生れ。x", "abc |どこで生れ|。|x")]
    [InlineData("""{"type":"FixedLength","length":2}""", "a中b文c", "a中|b文|c")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", "a  b", "▁a|▁|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":false}""", "a  b", "a▁▁b")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]}""", "a b", "▁a|b")]
    [InlineData("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""", "a b  c", "a |b | |c")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"[a-c]+"},"behavior":"Removed","invert":true}""", "abxca", "ab|ca")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"x*"},"behavior":"Isolated","invert":false}""", "axxb", "a|xx|b")]
    public void PreTokenizers(string preTokenizer, string text, string expected) => Assert.Equal(expected.Split('|'), Pieces(text + expected, text, "null", preTokenizer));

    [Theory]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "do|##es|n't|.", "doesn't.")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""", "a|.", "a .")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", "▁a|▁b", "a b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}""", "▁a|▁b", " a b")]
    [InlineData("""{"type":"ByteFallback"}""", "a|<0xE4>|<0xB8>|<0xAD>|b|<0xE4>", "a中b\uFFFD")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":2}]}""", "  a|  ", " a")]
    [InlineData("""{"type":"Strip","content":"x","start":1,"stop":0}""", "xxa|xb", "xab")]
    [InlineData("""{"type":"Strip","content":"😀","start":2147483647,"stop":2}""", "😀😀a😀😀😀|😀😀", "a😀")]
    [InlineData("""{"type":"Replace","pattern":{"String":"_"},"content":" "}""", "_a|_b", " a b")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "a|b</w>|c</w>", "ab c")]
    [InlineData("""{"type":"CTC","pad_token":"<p>","word_delimiter_token":"/","cleanup":true}""", "h|h|<p>|h|/|i", "hh i")]
    [InlineData("""{"type":"ByteLevel"}""", "aĠ|Ã|©", "a é")]
    [InlineData("null", "a|b", "a b")]
    public void Decoders(string decoder, string tokens, string expected)
    {
        string[] distinct = [.. tokens.Split('|').Distinct()];
        Tokenizer tokenizer = TestFiles.Load(new JsonObject
        {
            ["decoder"] = JsonNode.Parse(decoder),
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["unk_token"] = distinct[0], ["vocab"] = new JsonObject(distinct.Select((t, i) => KeyValuePair.Create(t, (JsonNode?)i))) },
        });
        int[] ids = [.. tokens.Split('|').Select(t => tokenizer.TokenToId(t)!.Value)];
        Assert.Equal(expected, tokenizer.Decode(ids));
        StreamingDecoder stream = tokenizer.CreateStreamingDecoder();
        Assert.Equal(expected, string.Concat(ids.Select(stream.Append)) + stream.Flush());
    }

    [Fact]
    public void NormalizersThatBlowUpTextAreRefused()
    {
        string step = """{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaa"}""";
        string all = $$"""{"type":"Sequence","normalizers":[{{string.Join(',', Enumerable.Repeat(step, 60))}}]}""";
        Assert.Contains("times longer", Assert.Throws<InputException>(() => Pieces("a", "a", all, "null")).Message, StringComparison.Ordinal);
        string long1 = $$"""{"type":"Prepend","prepend":"{{new string('x', 65)}}"}""";
        Assert.Contains("normalizer.prepend has 65 characters", Assert.Throws<InvalidFileException>(() => Pieces("a", "a", long1, "null")).Message, StringComparison.Ordinal);
    }

    // A model of single characters whose last one in a piece is marked: so the borders of pieces show.
    private static List<string> Pieces(string characters, string text, string normalizer, string preTokenizer)
    {
        const string End = "\uE000";
        var vocabulary = new JsonObject { ["<unk>"] = 0 };
        foreach (char c in characters.Distinct())
        {
            vocabulary.Add(c.ToString(), vocabulary.Count);
            vocabulary.Add(c + End, vocabulary.Count);
        }

        Tokenizer tokenizer = TestFiles.Load(new JsonObject
        {
            ["normalizer"] = JsonNode.Parse(normalizer),
            ["pre_tokenizer"] = JsonNode.Parse(preTokenizer),
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = "<unk>", ["end_of_word_suffix"] = End, ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        });
        return [.. tokenizer.Decode(tokenizer.Encode(text)).Split(End, StringSplitOptions.RemoveEmptyEntries)];
    }
}
