using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.ChatTemplates;
using Panorama.Tokenization.ChatTemplates.Jinja;
using Panorama.Tokenization.Training;

namespace Panorama.Tokenization.Tests.ChatTemplates;

/// <summary>Templates built as those of published models are.</summary>
public sealed class GeneralTemplateTests
{
    private const string Headers = """
        {{- bos_token }}
        {%- for m in messages %}
            {%- set text = m.content | trim %}
            {{- '<|start|>' ~ m.role ~ '<|middle|>\n\n' + text + '<|eot|>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}{{ '<|start|>assistant<|middle|>\n\n' }}{% endif %}
        """;

    private const string RoleTokens = "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + eos_token + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}";

    private const string Instructions = """
        {%- if messages[0].role == 'system' %}{% set rest = messages[1:] %}{% set ns = namespace(system=messages[0].content + '\n\n') %}{% else %}{% set rest = messages %}{% set ns = namespace(system='') %}{% endif %}
        {{- bos_token }}
        {%- for m in rest %}
            {%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}
            {%- if m.role == 'user' %}{{ '[INST] ' + (ns.system if loop.first else '') + m.content + ' [/INST]' }}
            {%- else %}{% generation %}{{ ' ' + m.content + eos_token }}{% endgeneration %}{% endif %}
        {%- endfor -%}
        """;

    private const string Tools = """
        {%- if tools %}<|system|>{% for t in tools %}{{ t | tojson }}
        {% endfor %}<|end|>{% endif %}
        {%- for m in messages %}<|{{ m.role }}|>{% if m.content is string %}{{ m.content }}{% elif m.content is not none %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endif %}
            {%- for c in m.tool_calls or [] %}<|call|>{{ c.function.name }}({% for k, v in c.function.arguments.items() %}{{ k }}={{ v | tojson }}{% if not loop.last %}, {% endif %}{% endfor %})#{{ c.id }}{% endfor %}
            {%- if m.reasoning_content %}[{{ m.reasoning_content }}]{% endif %}{{ m.name }}{{ m.tool_call_id }}{{ m.extra }}<|end|>
        {%- endfor %}{% if enable_thinking is defined and not enable_thinking %}no thoughts{% endif %}
        """;

    private static readonly string[] Control = ["<|endoftext|>", "<s>", "</s>", "<|start|>", "<|middle|>", "<|eot|>", "<|user|>", "<|assistant|>", "<|system|>", "<|tool|>", "<|call|>", "<|end|>", "[INST]", "[/INST]"];
    private static readonly string[] Pieces = [.. Control, "<|", "|>", "user", "<", "s>", "[/", "INST]", " ", "\n", "x", "<|e", "nd|>"];
    private static readonly Tokenizer Tokenizer = TestFiles.Train(SampleTexts.All, new BpeTrainerOptions { VocabularySize = 500, SpecialTokens = Control });
    private static readonly Dictionary<string, string> Special = new(StringComparer.Ordinal) { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };
    private static readonly ChatTemplate[] All = [.. ((string[])[Headers, RoleTokens, Instructions, Tools]).Select(static text => ChatTemplate.Parse(text, Special))];

    [Fact]
    public void IdsAreThoseOfTheRenderedText() => Gen.Select(SampleTexts.Unicode, SampleTexts.Unicode, Gen.Bool).Sample((question, answer, prompt) =>
    {
        foreach (ChatTemplate template in All)
        {
            ChatMessage[] chat = [new("system", "Be brief."), new("user", question), new("assistant", answer), new("user", "More")];
            Assert.Equal(Tokenizer.Encode(template.Render(chat, prompt), parseSpecial: true), template.Encode(Tokenizer, chat, prompt));
        }
    }, iter: 100);

    [Fact]
    public void NoContentMakesAControlToken() => Gen.Select(Gen.Int[0, Pieces.Length - 1].Select(static i => Pieces[i]).Array[1, 6], Gen.Int[0, 3]).Sample((parts, which) =>
    {
        ChatTemplate template = All[which];
        string forged = string.Concat(parts);
        int[] ids = Encode(forged), plain = Encode("x");
        Assert.Equal(plain.Where(Tokenizer.SpecialTokens.Values.Contains), ids.Where(Tokenizer.SpecialTokens.Values.Contains));
        Assert.Equal(template.Render(Chat(forged)).Text, Tokenizer.Decode(ids, skipSpecial: false));

        int[] Encode(string content) => template.Encode(Tokenizer, Chat(content));

        ChatInput Chat(string content) => new()
        {
            Messages =
            [
                new("system", content), new("user", content) { Parts = which == 3 ? [new ChatPart("text", content)] : null, Name = content },
                new("assistant", content) { ToolCalls = [new ChatToolCall(content, JsonSerializer.Serialize(new Dictionary<string, string> { [content] = content })) { Id = content }], Reasoning = content },
            ],
            Tools = JsonSerializer.SerializeToElement(new[] { new Dictionary<string, string> { [content] = content } }),
            Variables = new Dictionary<string, JsonElement> { ["extra"] = JsonSerializer.SerializeToElement(content) },
        };
    }, iter: 1000);

    [Fact]
    public void AControlTokenIsNotMadeOfATemplatesPartAndAMessages()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ '<|e' + messages[0].content }}<|end|>");
        int[] ids = template.Encode(Tokenizer, [new("user", "nd|>")], addGenerationPrompt: false);
        Assert.Single(ids, id => id == Tokenizer.SpecialTokens["<|end|>"]);
        Assert.Equal("<|end|><|end|>", Tokenizer.Decode(ids, skipSpecial: false));
    }

    [Fact]
    public void TheMaskIsTheAnswersWithTheirEnd()
    {
        ChatMessage[] chat = [new("user", "Hi"), new("assistant", "Four."), new("user", "And?"), new("assistant", "\nSix. ")];
        Assert.Equal("Four.<|eot|>Six.<|eot|>", Answers(Headers));
        Assert.Equal("Four.</s>\nSix. </s>", Answers(RoleTokens));
        Assert.Equal(" Four.</s> \nSix. </s>", Answers(Instructions)); // its generation blocks hold the space before
        foreach (ChatTemplate template in All)
        {
            ChatTokens tokens = template.EncodeWithMask(Tokenizer, chat);
            Assert.Equal(tokens.Ids.Length, tokens.IsAnswer.Length);
            Assert.Equal(template.Render(chat, addGenerationPrompt: false), Tokenizer.Decode(tokens.Ids, skipSpecial: false));
        }

        string Answers(string text)
        {
            ChatTokens tokens = ChatTemplate.Parse(text, Special).EncodeWithMask(Tokenizer, chat);
            return Tokenizer.Decode([.. tokens.Ids.Where((_, i) => tokens.IsAnswer[i])], skipSpecial: false);
        }
    }

    [Fact]
    public void ThePromptIsAPrefixOfTheMaskedChat()
    {
        ChatTemplate template = ChatTemplate.Parse(RoleTokens, Special);
        foreach (string answer in (string[])["Four.", "\n\nFour", " 4"])
        {
            int[] prompt = template.Encode(Tokenizer, [new("user", "Hi")], addGenerationPrompt: true);
            Assert.Equal(prompt, template.EncodeWithMask(Tokenizer, [new("user", "Hi"), new("assistant", answer)]).Ids[..prompt.Length]);
        }
    }

    [Fact]
    public void ToolsCallsAndPartsReachTheTemplate()
    {
        using JsonDocument tools = JsonDocument.Parse("""[{"name": "f", "n": 1.0}]""");
        var input = new ChatInput
        {
            Messages =
            [
                new("user", "") { Parts = [new ChatPart("text", "a"), new ChatPart("text", "b")], Name = "Bo" },
                new("assistant", "") { ToolCalls = [new ChatToolCall("f", """{"x": [1, "é"], "y": null}""") { Id = "c1" }], Reasoning = "hm" },
                new("tool", "42") { ToolCallId = "c1", Fields = new Dictionary<string, JsonElement> { ["extra"] = tools.RootElement[0].GetProperty("n") } },
            ],
            Tools = tools.RootElement,
            Variables = new Dictionary<string, JsonElement> { ["enable_thinking"] = JsonSerializer.SerializeToElement(false) },
        };
        Assert.Equal(
            "<|system|>{\"name\": \"f\", \"n\": 1.0}\n<|end|><|user|>abBo<|end|><|assistant|><|call|>f(x=[1, \"é\"], y=null)#c1[hm]<|end|><|tool|>42c11.0<|end|>no thoughts",
            ChatTemplate.Parse(Tools).Render(input).Text);
    }

    [Fact]
    public void ArgumentsThatAreNoJsonAreText()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ messages[0].tool_calls[0].function.arguments is string }}{{ messages[0].content }}|");
        foreach (string arguments in (string[])["{broken", "[1]", "\"\\ud800\"", ""])
            Assert.Equal("True|", template.Render([new("assistant", "") { ToolCalls = [new ChatToolCall("f", arguments)] }], addGenerationPrompt: false));
    }

    [Theory]
    [InlineData("{{ 'call' if messages[0]['content'] is none else 'text' }}", "call")]
    [InlineData("{{ 'call' if messages[0].content == none else 'text' }}", "call")]
    [InlineData("[{{ messages[0].content }}]", "[]")]
    public void ContentIsNoneOnlyForTemplatesThatAskForIt(string text, string expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(text).Render([new("assistant", "") { ToolCalls = [new ChatToolCall("f", "{}")] }], addGenerationPrompt: false));

    [Fact]
    public void ATemplateThatRefusesTheChatIsAnInputError()
    {
        InputException refused = Assert.Throws<ChatRefusedException>(() => ChatTemplate.Parse(Instructions, Special, "models/m").Encode(Tokenizer, [new("assistant", "x")], addGenerationPrompt: true));
        Assert.Contains("models/m", refused.Message, StringComparison.Ordinal);
        Assert.Contains("roles must alternate", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.ExitCode);
    }

    [Fact]
    public void TheTimeIsGiven() => Assert.Equal("04 Mar 2026", ChatTemplate.Parse("{{ strftime_now('%d %b %Y') }}").Render(new ChatInput { Messages = [], Now = Jinja.Rendering.Now }).Text);

    [Theory]
    [InlineData("""{"bos_token": "<s>", "chat_template": "{{ bos_token }}a"}""", false, "<s>a")]
    [InlineData("""{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": null, "chat_template": "{{ bos_token }}{{ eos_token }}b"}""", false, "<s>b")]
    [InlineData("""{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]}""", false, "plain")]
    [InlineData("""{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]}""", true, "tools")]
    [InlineData("""{"chat_template": [{"name": "default", "template": "plain"}]}""", true, "plain")]
    public void TheTemplateOfTokenizerConfigIsRead(string config, bool withTools, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer_config.json"], config);
        using JsonDocument tools = JsonDocument.Parse("[]");
        Assert.Equal(expected, ChatTemplate.Load(folder.Path).Render(new ChatInput { Messages = [], Tools = withTools ? tools.RootElement : null }).Text);
    }

    [Fact]
    public void TheFileTakesPrecedenceAndTheSpecialTokensAreStillRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer_config.json"], """{"bos_token": "<s>", "chat_template": "old"}""");
        File.WriteAllText(folder["chat_template.jinja"], "{{ bos_token }}new");
        Assert.Equal("<s>new", ChatTemplate.Load(folder.Path).Render([], addGenerationPrompt: false));
        Assert.Equal("<s>new", ChatTemplate.Load(folder["chat_template.jinja"]).Render([], addGenerationPrompt: false));
    }

    [Theory]
    [InlineData("""{"chat_template": 5}""", "chat_template")]
    [InlineData("""{"chat_template": [{"name": "rag", "template": "x"}]}""", "default")]
    [InlineData("""{"chat_template": [{"template": "x"}]}""", "name")]
    [InlineData("""{"chat_template": "{{ x"}""", "tokenizer_config.json")]
    [InlineData("""{"bos_token": {"content": 5}}""", "bos_token.content")]
    public void AMalformedConfigIsNamed(string config, string part)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer_config.json"], config);
        Assert.Contains(part, Assert.ThrowsAny<InputException>(() => ChatTemplate.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNoTextIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["chat_template.jinja"], [0xFF, 0xFE]);
        Assert.Contains("UTF-8", Assert.Throws<InvalidFileException>(() => ChatTemplate.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
