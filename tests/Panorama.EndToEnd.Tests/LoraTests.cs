using System.Text.Json;
using System.Text.Json.Nodes;

namespace Panorama.EndToEnd.Tests;

/// <summary>Fine-tuning of an adapter on chats as users have them, its merge, and its use, with the real program.</summary>
public sealed class LoraTests(SmallCorpus corpus)
{
    [Fact]
    public async Task AnAdapterIsTrainedMergedAndChattedWith()
    {
        using var folder = new TemporaryFolder();
        string model = await Base(folder);
        string chats = Chats(folder);
        string run = folder["lora"];
        string[] finetune = ["finetune", "--model", model, "--data", chats, "--held_out", "0.2", "--lora.r", "8", "--lora.dropout", "0.1", "--optimizer.learning_rate", "0.1", "--optimizer.warmup_steps", "1", "--train.steps", "8", "--train.evaluate_every", "4", "--train.batch_size", "2", "--out", run, "--json"];
        (_, string first) = await Done([.. finetune, "--train.stop_at", "4"]);
        Assert.Contains("alpaca (found by its first records)", first, StringComparison.Ordinal);
        Assert.Contains("sharegpt (found by its first records)", first, StringComparison.Ordinal);
        Assert.Contains("Trainable: ", first, StringComparison.Ordinal);
        Assert.Contains("the rows of <|im_start|>, <|im_end|> are trained with the adapter", first, StringComparison.Ordinal);
        Assert.Contains("1 broken records", first, StringComparison.Ordinal);
        Assert.Contains("alpaca.json:", await File.ReadAllTextAsync(Path.Combine(run, "data.rejects.jsonl")), StringComparison.Ordinal);
        (JsonElement result, string second) = await Done(finetune);
        Assert.Contains("Resuming after step 4", second, StringComparison.Ordinal);
        Assert.Equal(8, result.GetProperty("step").GetInt32());
        string adapter = result.GetProperty("adapter").GetString()!;

        string[] question = ["--prompt", "What is", "--temperature", "0", "--max-tokens", "12", "--json"];
        (JsonElement merged, _) = await Done(["merge", "--model", model, "--adapter", adapter, "--out", folder["merged"], "--json"]);
        Assert.Equal(folder["merged"], merged.GetProperty("model").GetString());
        string plain = await Text(["generate", "--model", model, .. question]);
        string adapted = await Text(["generate", "--model", model, "--adapter", adapter, .. question]);
        Assert.Equal(adapted, await Text(["generate", "--model", folder["merged"], .. question]));
        Assert.NotEqual(plain, adapted);
        await Text(["chat", "--model", folder["merged"], "--message", "What is b?", "--max-tokens", "8", "--json"]);
        await Text(["chat", "--model", model, "--adapter", adapter, "--message", "What is b?", "--max-tokens", "8", "--json"]);
        (JsonElement loop, _) = await Done(["chat", "--model", folder["merged"], "--json"]);
        Assert.Equal(0, loop.GetProperty("turns").GetInt32());
        using var lineage = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder["merged"], "lineage.json")));
        Assert.Equal(8, lineage.RootElement.GetProperty("adapter").GetProperty("r").GetInt32());

        await Refused(["merge", "--model", folder["merged"], "--adapter", adapter, "--out", folder["twice"]], "hashes differ");
        Assert.False(Directory.Exists(folder["twice"]));
        await Refused(["merge", "--model", model, "--adapter", adapter, "--out", folder["merged"]], "exists already");
        await Refused(["generate", "--model", model, "--adapter", folder["none"], "--prompt", "x"], "does not exist");
        await Refused([.. finetune, "--lora.target_modules", "q_proj,query"], "lora.target_modules: target_modules is query; allowed: all-linear, q_proj");
        string[] other = [.. finetune[..^3], "--out", folder["other"]];
        await Refused([.. other, "--lora.modules_to_save", "embeds"], "modules_to_save is embeds; allowed: embed_tokens, lm_head");
        await Refused([.. other, "--lora.trainable_token_indices", "<|end|>"], "trainable_token_indices is <|end|>; allowed: auto, none, ids");
        await Refused([.. finetune, "--lora.base_bits", "5"], "base_bits is 5; allowed: 32, 8, 4");
        await Refused([.. finetune, "--lora.use_rslora"], "--out");
        (JsonElement fresh, string again) = await Done([.. finetune, "--fresh", "--train.stop_at", "1"]);
        Assert.DoesNotContain("Resuming", again, StringComparison.Ordinal);
        Assert.Equal(1, fresh.GetProperty("step").GetInt32());
        File.Delete(Path.Combine(model, "chat_template.jinja"));
        string settings = Path.Combine(model, "tokenizer_config.json");
        JsonObject withoutTemplate = JsonNode.Parse(await File.ReadAllTextAsync(settings))!.AsObject();
        Assert.True(withoutTemplate.Remove("chat_template"));
        await File.WriteAllTextAsync(settings, withoutTemplate.ToJsonString());
        await Refused(finetune, "has no chat_template.jinja");
    }

    [Theory]
    [InlineData("8", "--lora.use_dora")]
    [InlineData("4", "--lora.use_rslora")]
    public async Task AQuantizedBaseTakesLessMemoryAndIsNotChanged(string bits, string kind)
    {
        using var folder = new TemporaryFolder();
        string model = await Base(folder);
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(model, "model.safetensors"));
        (JsonElement result, string log) = await Done(["finetune", "--model", model, "--data", Chats(folder), "--lora.base_bits", bits, kind, "--lora.modules_to_save", "embed_tokens", "--train.steps", "2", "--out", folder["run"], "--json"]);
        Assert.Contains("Frozen weights: ", log, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(model, "model.safetensors")));
        await Text(["generate", "--model", model, "--adapter", result.GetProperty("adapter").GetString()!, "--prompt", "x", "--max-tokens", "2", "--json"]);
    }

    private static string Chats(TemporaryFolder folder)
    {
        string chats = Directory.CreateDirectory(folder["chats"]).FullName;
        string[] words = [.. Enumerable.Range(0, 24).Select(i => $"{(char)('a' + i)}")];
        File.WriteAllText(Path.Combine(chats, "alpaca.json"), "[\n" + string.Join(",\n", words.Select(w => $$"""{"instruction":"What is","input":"{{w}}?","output":"It is {{w}}."}""")) + ",\n{\"instruction\":1}\n]");
        File.WriteAllLines(Path.Combine(chats, "share.jsonl"), words.Select(w => $$"""{"conversations":[{"from":"human","value":"Say {{w}}"},{"from":"gpt","value":"{{w}}"},{"from":"human","value":"Again"},{"from":"gpt","value":"{{w}}"}]}"""));
        return chats;
    }

    private async Task<string> Base(TemporaryFolder folder)
    {
        (JsonElement result, _) = await Done(
        [
            "pretrain", "--out", folder["base"], "--data.prepared", corpus.Path, "--model.hidden_size", "32", "--model.layers", "1", "--model.heads", "2",
            "--model.key_value_heads", "1", "--model.context_length", "64", "--train.batch_size", "2", "--train.steps", "5", "--train.evaluate_every", "0", "--json",
        ]);
        return result.GetProperty("model").GetString()!;
    }

    private static async Task<(JsonElement Result, string Log)> Done(string[] args)
    {
        (int code, string output, string error) = await PanoramaProcess.Run(args);
        Assert.True(code == 0, error);
        return (JsonElement.Parse(output.TrimEnd().Split('\n')[^1]), error);
    }

    private static async Task<string> Text(string[] args) => (await Done(args)).Result.GetProperty("text").GetString()!;

    private static async Task Refused(string[] args, string expected)
    {
        (int code, _, string error) = await PanoramaProcess.Run(args);
        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
