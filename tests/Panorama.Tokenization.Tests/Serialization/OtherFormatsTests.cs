using System.Text;
using Panorama.Core.Errors;
using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.Tests.Serialization;

/// <summary>Files that are no tokenizer.json: known by what they hold.</summary>
public sealed class OtherFormatsTests
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;
    private static readonly (string, float, int)[] Pieces = [("<unk>", 0, Unknown), ("<s>", 0, Control), ("▁", -3, Normal), ("a", -4, Normal), ("b", -4, Normal), ("ab", -5, Normal), ("▁ab", -6, Normal), ("<u>", 0, UserDefined)];

    [Theory]
    [InlineData(1, "ab ab", "▁ab|▁ab")]
    [InlineData(2, "ab ab", "▁ab|▁ab")]
    [InlineData(2, "  ab   b ", "▁ab|▁|b")] // spaces at the ends go, several are one
    [InlineData(2, "a<u>b", "▁|a|<u>|b")]
    [InlineData(2, "<s>", "▁|<unk>")] // text makes no control token, unknown characters are joined
    public void SentencePieceModels(int kind, string text, string expected)
    {
        Tokenizer tokenizer = LoadBytes("tokenizer.model", Model(kind, Pieces));
        Assert.Equal(expected, tokenizer.Shown(tokenizer.Encode(text)));
        Assert.Equal(["<s>", "<unk>"], tokenizer.SpecialTokens.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ASentencePieceModelComesBackFromItsJson()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = LoadBytes("tokenizer.model", Model(2, Pieces));
        tokenizer.Save(folder.Path);
        Tokenizer saved = Tokenizer.Load(folder.Path);
        foreach (string text in (string[])["ab ab", " a  b ", "ababab", "x ab"]) Assert.Equal(tokenizer.Encode(text), saved.Encode(text));
        Assert.Equal("ab b", saved.Decode(saved.Encode("ab b")));
    }

    [Fact]
    public void ASentencePieceModelWithALongPieceIsRefused()
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('x', 1025));
        byte[] piece = [0x0A, 0x81, 0x08, .. text]; // 1025 as a varint, and 1028 for the whole
        Assert.Contains("piece 8 \"xxx", Assert.Throws<InvalidFileException>(() => LoadBytes("m.model", [.. Model(1, Pieces), 0x0A, 0x84, 0x08, .. piece])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokenSentencePieceModelIsRefusedAtEveryLength()
    {
        byte[] whole = Model(1, Pieces);
        Assert.Throws<InvalidFileException>(() => LoadBytes("m.model", Model(3, Pieces)));
        for (int length = 8; length < whole.Length; length++)
        {
            int cut = length;
            // Cut between two messages it may be a smaller model; then it loads.
            try
            {
                LoadBytes("m.model", whole[..cut]);
            }
            catch (InvalidFileException e)
            {
                Assert.Contains("m.model", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void RandomBytesAfterAPieceNeverEscapeAsOtherErrors() => Gen.Byte.Array[0, 60].Sample(static bytes =>
    {
        try
        {
            LoadBytes("m.model", [.. Model(1, Pieces), .. bytes]);
        }
        catch (InputException)
        {
        }
    }, iter: 1_000);

    [Fact]
    public void TiktokenRanksMergeByTheRankOfTheResult()
    {
        // r50k_base is known by its 50,256 ranks: bytes, a few real tokens, and fillers.
        List<string> tokens = [.. Enumerable.Range(0, 256).Select(static b => ByteAlphabet.ToChar((byte)b).ToString()), "bc", "ab", "abc"];
        for (int i = 0; tokens.Count < 50_256; i++) tokens.Add($"\u0100\u0101{i}");
        string file = string.Concat(tokens.Select((t, i) => $"{Convert.ToBase64String(Bytes(t))} {i}\n"));
        Tokenizer tokenizer = LoadBytes("r50k_base.tiktoken", Encoding.UTF8.GetBytes(file));
        Assert.Equal("abc|bc", tokenizer.Shown(tokenizer.Encode("abcbc"))); // bc before ab, then abc of a and bc
        Assert.Equal("ab|b", tokenizer.Shown(tokenizer.Encode("abb")));
        Assert.Equal("abc", tokenizer.Shown(tokenizer.Encode("abc"))); // a whole token first
        Assert.Equal(50_256, tokenizer.SpecialTokens["<|endoftext|>"]);
        Assert.Contains("has 256 ranks", Refused("x.tiktoken", string.Concat(tokens.Take(256).Select((t, i) => $"{Convert.ToBase64String(Bytes(t))} {i}\n"))), StringComparison.Ordinal);
        Assert.Contains("line 2", Refused("x.tiktoken", "YQ== 1\nYg== x\n"), StringComparison.Ordinal);
        Assert.Contains("line 2", Refused("x.tiktoken", "YQ== 1\nYg== 99999999\n"), StringComparison.Ordinal);
        Assert.Contains("line 2 has a token of 1025 bytes", Refused("x.tiktoken", $"YQ== 1\n{Convert.ToBase64String(new byte[1025])} 2\n"), StringComparison.Ordinal);
        Assert.Contains("line 2 has the same token", Refused("x.tiktoken", "YQ== 1\nYQ== 2\n"), StringComparison.Ordinal);

        static byte[] Bytes(string token)
        {
            var bytes = new byte[token.Length];
            return ByteAlphabet.TryToBytes(token, bytes) ? bytes : Encoding.UTF8.GetBytes(token);
        }
    }

    [Theory]
    [InlineData("vocab.json", "merges.txt")]
    [InlineData("encoder.json", "vocab.bpe")]
    public void Gpt2HasTwoFiles(string vocabulary, string merges)
    {
        using var folder = new TemporaryFolder();
        var json = TestFiles.Json("h e", "t he")["model"]!["vocab"]!.AsObject();
        json["<|endoftext|>"] = 258;
        File.WriteAllText(folder[vocabulary], TestFiles.Text(json));
        File.WriteAllText(folder[merges], "#version: 0.2\nh e\nt he\n");
        foreach (string path in (string[])[folder.Path, folder[vocabulary], folder[merges]])
        {
            Tokenizer tokenizer = Tokenizer.Load(path);
            Assert.Equal("the|Ġ|the", tokenizer.Shown(tokenizer.Encode("the the")));
            Assert.Equal(258, tokenizer.SpecialTokens["<|endoftext|>"]);
        }

        File.WriteAllText(folder[merges], "h e\nh x\n");
        Assert.Contains("line[1] names \"hx\"", Assert.Throws<InvalidFileException>(() => Tokenizer.Load(folder[vocabulary])).Message, StringComparison.Ordinal);
        File.Delete(folder[merges]);
        Assert.Contains(merges, Assert.Throws<InputException>(() => Tokenizer.Load(folder[vocabulary])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BertHasAListOfWords()
    {
        const string Words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##able\n!\nℝ\n";
        Tokenizer tokenizer = LoadBytes("vocab.txt", Encoding.UTF8.GetBytes(Words));
        Assert.Equal("un|##able|!|[UNK]", tokenizer.Shown(tokenizer.Encode("Unable! x")));
        Assert.Equal([2, 5, 3], tokenizer.AddSpecialTokens([5]));
        Assert.Equal([2, 5, 3, 6, 3], tokenizer.AddSpecialTokens([5], [6]));
        Tokenizer cased = LoadBytes("vocab.txt", Encoding.UTF8.GetBytes(Words + "Un\n"));
        Assert.Equal("Un|##able", cased.Shown(cased.Encode("Unable")));
        Assert.Contains("line 10 \"xxx", Refused("vocab.txt", Words + new string('x', 1025) + "\n"), StringComparison.Ordinal);
        Assert.Contains("\"un\" in lines 6 and 10", Refused("vocab.txt", Words + "un\n"), StringComparison.Ordinal);
    }

    private static string Refused(string name, string text) => Assert.Throws<InvalidFileException>(() => LoadBytes(name, Encoding.UTF8.GetBytes(text))).Message;

    private static Tokenizer LoadBytes(string name, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder[name], bytes);
        return Tokenizer.Load(folder[name]);
    }

    // The wire format of ModelProto, by hand.
    private static byte[] Model(int kind, (string Text, float Score, int Kind)[] pieces)
    {
        var model = new List<byte>();
        foreach ((string text, float score, int type) in pieces)
            Field(model, 1, [0x0A, (byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text), 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)type]);
        Field(model, 2, [0x18, (byte)kind]);
        Field(model, 3, [0x0A, 4, .. "none"u8]);
        return [.. model];

        static void Field(List<byte> output, int number, byte[] content) => output.AddRange([(byte)((number << 3) | 2), (byte)content.Length, .. content]);
    }
}
