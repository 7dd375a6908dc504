using System.Runtime.InteropServices;
using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization.ChatTemplates.Jinja;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>
/// Turns a chat into text or tokens by a Jinja template, as published models bring one. Every text remembers whether the template
/// wrote it or it came from outside (messages, tools, variables): only the template's own text makes control tokens. Immutable; every
/// member may be called from any number of threads.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The file's name inside a model folder.</summary>
    public const string FileName = "chat_template.jinja";

    private readonly JinjaTemplate _template;
    private readonly JinjaTemplate _withTools;
    private readonly bool _isChatMl;
    private readonly bool _knowsNone;

    private ChatTemplate(string text, IReadOnlyDictionary<string, string> specialTokens, string name, string? toolUseText)
    {
        (Text, SpecialTokens) = (text, specialTokens);
        _template = JinjaTemplate.Parse(text, name);
        _withTools = toolUseText is null ? _template : JinjaTemplate.Parse(toolUseText, name);
        _knowsNone = AsksForNone(text) || (toolUseText is not null && AsksForNone(toolUseText));
        _isChatMl = text.AsSpan().Trim().SequenceEqual(ChatTemplates.ChatMl.Text);
    }

    /// <summary>The ChatML template, which models are trained with here.</summary>
    public static ChatTemplate ChatMl { get; } = new(ChatTemplates.ChatMl.Text, new Dictionary<string, string>(StringComparer.Ordinal), "ChatML", null);

    /// <summary>The Jinja text, as other tools read it.</summary>
    public string Text { get; }

    /// <summary>The special tokens that the template is given, by name: <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>The special token that ends a turn where the template is known to have one: generation stops there. Otherwise null, and the model's files name it.</summary>
    public string? EndOfTurn => _isChatMl ? ChatTemplates.ChatMl.End : null;

    /// <summary>Reads a template, with the special tokens of the <c>tokenizer_config.json</c> beside it.</summary>
    /// <param name="path">The file, or a folder that holds <c>chat_template.jinja</c> or a <c>tokenizer_config.json</c> with a template.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="InvalidFileException">A file is malformed.</exception>
    /// <exception cref="JinjaException">The template is malformed or has a part that is not supported.</exception>
    public static ChatTemplate Load(string path) =>
        ChatTemplateFiles.Read(path) ?? throw new InputException($"{path} has no chat template: neither {FileName} nor {TokenizerConfig.FileName} with chat_template.");

    /// <summary>Reads the template of a model folder, or gives null when it has none.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="InputException">A file cannot be read or is malformed.</exception>
    public static ChatTemplate? TryLoad(string folder) => Directory.Exists(folder) ? ChatTemplateFiles.Read(folder) : null;

    /// <summary>Takes a template as text, such as a GGUF file holds.</summary>
    /// <param name="text">The Jinja text.</param>
    /// <param name="specialTokens">Special tokens by the names that templates use (<c>bos_token</c>, <c>eos_token</c>); null: none.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <param name="toolUseText">The template for chats with tools, where it is another.</param>
    /// <exception cref="JinjaException">The template is malformed or has a part that is not supported.</exception>
    public static ChatTemplate Parse(string text, IReadOnlyDictionary<string, string>? specialTokens = null, string name = "model", string? toolUseText = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ChatTemplate(text, specialTokens ?? new Dictionary<string, string>(StringComparer.Ordinal), name, toolUseText);
    }

    /// <summary>Writes <c>chat_template.jinja</c>.</summary>
    /// <param name="path">A path that ends in <c>.jinja</c>, or else a folder, made when missing.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public void Save(string path) =>
        AtomicFile.Write(ModelFolder.FileToWrite(path, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(Text)));

    /// <summary>The chat as text, to be encoded with <c>parseSpecial: true</c> by trusted callers: control tokens written in a message would come
    /// alive. <see cref="Encode(Tokenizer, ChatInput)"/> has no such hole.
    /// </summary>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of an assistant's turn follows.</param>
    /// <exception cref="ChatRefusedException">The template refuses the chat.</exception>
    /// <exception cref="JinjaException">The template does something that does not work, or takes too much.</exception>
    public string Render(IEnumerable<ChatMessage> messages, bool addGenerationPrompt) =>
        Render(new ChatInput { Messages = [.. messages], AddGenerationPrompt = addGenerationPrompt }).Text;

    /// <summary>The chat as text that knows what came from outside.</summary>
    /// <param name="input">The chat.</param>
    /// <exception cref="ChatRefusedException">The template refuses the chat.</exception>
    /// <exception cref="JinjaException">The template does something that does not work, or takes too much.</exception>
    public RenderedChat Render(ChatInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        JinjaTemplate template = input.Tools is null ? _template : _withTools;
        (JinjaText text, IReadOnlyList<(int, int)> generations) = template.Render(ChatVariables.Of(input, SpecialTokens, _knowsNone), input.Now ?? DateTimeOffset.Now);
        return new RenderedChat(text, generations);
    }

    /// <summary>The chat as tokens; see <see cref="Encode(Tokenizer, ChatInput)"/>.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of an assistant's turn follows.</param>
    /// <exception cref="InputException">The template refuses the chat or fails, or the tokenizer lacks a control token of ChatML.</exception>
    public int[] Encode(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, bool addGenerationPrompt) =>
        Encode(tokenizer, new ChatInput { Messages = [.. messages], AddGenerationPrompt = addGenerationPrompt });

    /// <summary>
    /// The chat as tokens. Text from outside makes no control token. The ids are those of the rendered text, as other engines encode
    /// it, but for control tokens spelt by messages. With the ChatML template of this project content is encoded alone, so that a chat
    /// with the generation prompt is a prefix of the chat with its answer; the ids differ then where content begins with a line end.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="input">The chat.</param>
    /// <exception cref="InputException">The template refuses the chat or fails, or the tokenizer lacks a control token of ChatML.</exception>
    public int[] Encode(Tokenizer tokenizer, ChatInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _isChatMl ? ChatTemplates.ChatMl.Encode(tokenizer, input.Messages, input.AddGenerationPrompt).Ids : Render(input).Encode(tokenizer);
    }

    /// <summary>
    /// The chat as tokens with those of the answers marked, for a loss on the answers only: what the template's <c>generation</c> blocks
    /// mark, or else the assistants' messages, each with the control token that follows it. The text is cut where an answer begins and
    /// ends, since a model writes an answer behind a prompt that is tokens already.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of an assistant's turn follows.</param>
    /// <exception cref="InputException">The template refuses the chat or fails, or the tokenizer lacks a control token of ChatML.</exception>
    public ChatTokens EncodeWithMask(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ChatMessage[] turns = [.. messages];
        if (_isChatMl) return ChatTemplates.ChatMl.Encode(tokenizer, turns, addGenerationPrompt);
        RenderedChat rendered = Render(new ChatInput { Messages = turns, AddGenerationPrompt = addGenerationPrompt });
        var ids = new List<int>();
        var isAnswer = new List<bool>();
        int at = 0;
        bool endsTurn = false; // whether a control token that comes first belongs to the answer before it
        foreach ((int start, int end) in AnswerSpans.Find(rendered, turns))
        {
            Add(at, start, answer: false);
            Add(start, end, answer: true);
            (at, endsTurn) = (end, rendered.Generations.Count == 0);
        }

        Add(at, rendered.Text.Length, answer: false);
        return new ChatTokens([.. ids], [.. isAnswer]);

        void Add(int start, int end, bool answer)
        {
            int[] part = rendered.Encode(tokenizer, start, end);
            int first = ids.Count;
            ids.AddRange(part);
            isAnswer.AddRange(Enumerable.Repeat(answer, part.Length));
            if (endsTurn && !answer && EndOfTurnAt(tokenizer, part) is var last) CollectionsMarshal.AsSpan(isAnswer).Slice(first, last + 1).Fill(true);
            endsTurn = false;
        }
    }

    /// <summary>Whether a template compares content with none: <c>message['content'] is none</c>, <c>m.content is not none</c>.</summary>
    private static bool AsksForNone(string text)
    {
        const string Name = "content";
        for (int at = 0; (at = text.IndexOf(Name, at, StringComparison.Ordinal)) >= 0; at += Name.Length)
        {
            string[] words = text.AsSpan(at + Name.Length, Math.Min(40, text.Length - at - Name.Length)).Trim("'\"]").ToString().Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["is" or "==" or "!=", "none" or "None", ..] or ["is", "not", "none" or "None", ..]) return true;
        }

        return false;
    }

    /// <summary>Where the control token is that ends a turn, behind blank space at most; −1 when there is none.</summary>
    private static int EndOfTurnAt(Tokenizer tokenizer, int[] ids)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (tokenizer.IsControl(ids[i])) return i;
            if (!string.IsNullOrWhiteSpace(tokenizer.Decode([ids[i]]))) break;
        }

        return -1;
    }
}
