using System.Text;

namespace Panorama.EndToEnd.Tests;

/// <summary>What a user can get wrong: exit code 2 or 1, one clear message, nothing lost.</summary>
public sealed class BadInputTests(SmallCorpus corpus)
{
    [Theory]
    [InlineData("demo --input /no/such/folder", "/no/such/folder")]
    [InlineData("demo --minutes 0", "--minutes is 0; allowed: 0.5 to 10,000")]
    [InlineData("generate --model /no/such/model --prompt x", "/no/such/model does not exist")]
    [InlineData("pretrain --train.stepz 5", "--train.steps")]
    [InlineData("pretrain --train.steps many", "train.steps")]
    [InlineData("pretrain --model.heads 3 --train.steps 1 --data.prepared CORPUS", "num_attention_heads")]
    [InlineData("pretrain /no/such/recipe.yaml", "/no/such/recipe.yaml")]
    [InlineData("finetune --train.steps 1", "model is empty")]
    [InlineData("generate --model /no/such/model --prompt x --threads -1", "--threads is -1; allowed: 0 to 4,096")]
    [InlineData("bench train --threads 5000", "--threads is 5000")]
    [InlineData("data build --vocabulary_size 259", "vocabulary_size is 259; allowed: 260 to 1,048,576")]
    [InlineData("tokenizer train --vocabulary_size 259", "vocabulary_size is 259; allowed: 260 to 1,048,576")]
    [InlineData("pretrain --data.vocabulary_size 259", "vocabulary_size is 259; allowed: 260 to 1,048,576")]
    [InlineData("pretrain --model.hidden_size 65536 --model.layers 1000 --model.heads 64", "of memory, and")]
    [InlineData("pretrain --model.context_length 1048576 --train.batch_size 1024", "allowed: at most 67,108,864 tokens a pass")]
    [InlineData("pretrain --data.broken_share 2", "broken_share is 2; allowed: a number in [0, 1]")]
    [InlineData("tokenizer encode --tokenizer /no/such/file --file /no/such/text", "/no/such/text: there is no such file")]
    public async Task OneMessageAndExitCode2(string command, string expected)
    {
        using var folder = new TemporaryFolder();
        string[] args = [.. command.Replace("CORPUS", corpus.Path, StringComparison.Ordinal).Split(' ')];
        string[] withOut = args[0] is "demo" or "pretrain" or "finetune" ? [.. args, "--out", folder["run"]] : args;
        (int code, string output, string error) = await PanoramaProcess.Run(withOut);
        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error + output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEmptyFolderSaysWhatToGive()
    {
        using var folder = new TemporaryFolder();
        string input = Directory.CreateDirectory(folder["empty"]).FullName;
        (int code, _, string error) = await PanoramaProcess.Run("demo", "--input", input, "--out", folder["run"]);
        Assert.Equal(2, code);
        Assert.Contains(".jsonl", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooManyBrokenJsonLinesStopTheRunAndAreNamed()
    {
        using var folder = new TemporaryFolder();
        string input = Directory.CreateDirectory(folder["input"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(input, "docs.jsonl"), string.Concat(Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? "{\"text\":\"a document that is long enough to keep, number " + i + "\"}\n" : "{\"text\": broken\n")));
        (int code, _, string error) = await PanoramaProcess.Run("data", "build", "--source", input, "--out", folder["out"]);
        Assert.Equal(1, code);
        Assert.Contains("docs.jsonl:2", error, StringComparison.Ordinal);
        Assert.Contains("broken_share", error, StringComparison.Ordinal);
        (code, _, error) = await PanoramaProcess.Run("data", "build", "--source", input, "--broken_share", "0.6", "--out", folder["out"]);
        Assert.DoesNotContain("broken_share", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWrongTensorIsNamedWithBothShapes()
    {
        using var folder = new TemporaryFolder();
        (int code, _, string error) = await PanoramaProcess.Run(corpus.TinyRun(folder["run"], 1));
        Assert.True(code == 0, error);
        string config = Path.Combine(folder["run"], "model", "config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace("\"intermediate_size\": 96", "\"intermediate_size\": 64", StringComparison.Ordinal));
        (code, _, error) = await PanoramaProcess.Run("generate", "--model", Path.Combine(folder["run"], "model"), "--prompt", "x");
        Assert.Equal(2, code);
        Assert.Contains("gate_proj.weight", error, StringComparison.Ordinal);
        Assert.Contains("96", error, StringComparison.Ordinal);
        Assert.Contains("64", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATokenizerThatDoesNotFitTheModelIsRefused()
    {
        using var folder = new TemporaryFolder();
        (int code, _, string error) = await PanoramaProcess.Run(corpus.TinyRun(folder["run"], 1));
        Assert.True(code == 0, error);
        await File.WriteAllTextAsync(folder["text.txt"], string.Concat(Enumerable.Range(0, 4000).Select(i => $"word{i} another{i * 7} ")), Encoding.UTF8);
        (code, _, error) = await PanoramaProcess.Run("tokenizer", "train", "--input", folder["text.txt"], "--vocabulary-size", "900", "--out", folder["tokenizer"]);
        Assert.True(code == 0, error);
        File.Copy(Path.Combine(folder["tokenizer"], "tokenizer.json"), Path.Combine(folder["run"], "model", "tokenizer.json"), overwrite: true);
        (code, _, error) = await PanoramaProcess.Run("generate", "--model", Path.Combine(folder["run"], "model"), "--prompt", "x");
        Assert.Equal(2, code);
        Assert.Contains("tokenizer", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheBytesOfAFileAreEncodedAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. "Ünïcode <|endoftext|> \r\n"u8, 0xFF, 0x00, 0xC3];
        await File.WriteAllBytesAsync(folder["in.bin"], bytes);
        (int code, string output, string error) = await PanoramaProcess.Run("tokenizer", "encode", "--tokenizer", Path.Combine(corpus.Path, "tokenizer.json"), "--file", folder["in.bin"], "--json");
        Assert.True(code == 0, error);
        using var json = System.Text.Json.JsonDocument.Parse(output);
        int[] ids = [.. json.RootElement.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
        Assert.Equal(ids.Length, json.RootElement.GetProperty("count").GetInt32());
        var tokenizer = Tokenization.Tokenizer.Load(corpus.Path);
        Assert.Equal(bytes, tokenizer.DecodeBytes(ids, skipSpecial: false));
        Assert.DoesNotContain(tokenizer.TokenToId("<|endoftext|>")!.Value, ids);
    }
}
