using System.Text.Json;
using Panorama.Cli.Hosting;

namespace Panorama.Cli.Tests.Hosting;

public sealed class TokenizerVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panorama-tokenizer-").FullName;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task It_trains_encodes_and_decodes()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "in"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "in", "a.txt"), string.Concat(Enumerable.Repeat("The cat sat on the mat. ", 200)));
        JsonElement trained = await Json("tokenizer", "train", "--input", Path.Combine(_folder, "in"), "--vocabulary-size", "280", "--out", _folder);
        Assert.Equal(Path.Combine(_folder, "tokenizer.json"), trained.GetProperty("tokenizer").GetString());
        Assert.InRange(trained.GetProperty("vocabulary_size").GetInt32(), 260, 280);

        // Bytes that are no UTF-8, and a special token written by a user: both stay what they are.
        string file = Path.Combine(_folder, "some.txt");
        byte[] bytes = [.. "The cat <|endoftext|> é"u8, 0xff, 0xfe];
        await File.WriteAllBytesAsync(file, bytes);
        JsonElement encoded = await Json("tokenizer", "encode", "--tokenizer", _folder, "--file", file);
        int[] ids = [.. encoded.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        Assert.Equal(ids.Length, encoded.GetProperty("count").GetInt32());
        Assert.Equal(bytes, Panorama.Tokenization.Tokenizer.Load(_folder).DecodeBytes(ids, skipSpecial: true));
        JsonElement special = await Json("tokenizer", "encode", "--tokenizer", _folder, "--file", file, "--add-special-tokens");
        Assert.True(special.GetProperty("count").GetInt32() < ids.Length);

        string idsFile = Path.Combine(_folder, "ids.json");
        await File.WriteAllTextAsync(idsFile, encoded.GetRawText());
        Assert.Equal("The cat <|endoftext|> é\uFFFD\uFFFD", (await Json("tokenizer", "decode", "--tokenizer", _folder, "--file", idsFile)).GetProperty("text").GetString());
        Assert.Equal("T", (await Json("tokenizer", "decode", "--tokenizer", _folder, "--ids", $" {ids[0]} ")).GetProperty("text").GetString()![..1]);
    }

    [Fact]
    public async Task Bench_trains_a_tokenizer_when_none_is_given()
    {
        JsonElement bench = await Json("bench", "tokenizer", "--megabytes", "1", "--rounds", "2");
        JsonElement[] results = [.. bench.GetProperty("results").EnumerateArray()];
        Assert.Equal(["english", "chinese"], results.Select(r => r.GetProperty("text").GetString()));
        foreach (JsonElement result in results)
        {
            Assert.Equal("byte-level BPE of 8,192 tokens, trained on the documentation of the .NET SDK", result.GetProperty("tokenizer").GetString());
            Assert.True(result.GetProperty("same_ids").GetBoolean());
            Assert.True(result.GetProperty("mb_per_second").GetDouble() > 0);
        }

        // One count for both texts, with the round that warms up.
        Assert.Contains("Encoding: 6 rounds", _error.ToString());
    }

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("lora")]
    [InlineData("train")]
    public async Task A_bench_without_rounds_is_refused(string bench)
    {
        Assert.Equal(2, await Run(["bench", bench, "--rounds", "0"]));
        Assert.Contains("--rounds is 0; allowed: 1 to 1,000.", _error.ToString());
    }

    [Theory]
    [InlineData("encode --tokenizer no-such-folder --text a", "no-such-folder")]
    [InlineData("encode --tokenizer .", "Give either --file or --text.")]
    [InlineData("encode --tokenizer . --file no-such-file", "--file no-such-file: there is no such file.")]
    [InlineData("encode --text a", "--tokenizer")]
    [InlineData("decode --tokenizer . --ids 1,-2", "\"-2\" is no token id")]
    [InlineData("decode --tokenizer . --ids {\"x\":1}", "has no list \"ids\"")]
    [InlineData("train --vocabulary-size 5", "--vocabulary_size: vocabulary_size is 5; allowed: 260 to 1,048,576")]
    [InlineData("train --input no-such-folder", "no-such-folder")]
    public async Task Wrong_input_is_one_message_and_exit_code_2(string args, string expected)
    {
        Assert.Equal(2, await Run(["tokenizer", .. args.Split(' '), .. args.StartsWith("train", StringComparison.Ordinal) ? (string[])["--out", _folder] : []]));
        Assert.Contains(expected, _error.ToString());
        Assert.Single(_error.ToString().TrimEnd('\n').Split('\n'));
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<JsonElement> Json(params string[] args)
    {
        _out.GetStringBuilder().Clear();
        int code = await Run([.. args, "--json"]);
        Assert.True(code == 0, _error.ToString());
        return JsonDocument.Parse(_out.ToString()).RootElement;
    }

    private Task<int> Run(string[] args) => CommandLineApp.RunAsync(args, new StandardStreams(_out, _error, OutIsTerminal: false, ErrorIsTerminal: false));
}
