using System.Text;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>
/// Turns a chat into text or tokens. The one template here is ChatML, <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>, known by its
/// exact Jinja text; any other is refused, since a formatter that guesses would prompt a model in a way it was not trained for.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The file's name inside a model folder.</summary>
    public const string FileName = "chat_template.jinja";

    private const int LargestFile = 1 << 20;

    private const string ChatMlText =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private readonly string _start; // the special token before the role

    private ChatTemplate(string text, string start, string end) => (Text, _start, EndOfTurn) = (text, start, end);

    /// <summary>The ChatML template.</summary>
    public static ChatTemplate ChatMl { get; } = new(ChatMlText, "<|im_start|>", "<|im_end|>");

    /// <summary>The Jinja text, as other tools read it.</summary>
    public string Text { get; }

    /// <summary>The special token that ends a turn: generation stops there.</summary>
    public string EndOfTurn { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="path">The file, or a folder that holds <c>chat_template.jinja</c>.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="InvalidFileException">The template is not one that this build can render.</exception>
    public static ChatTemplate Load(string path)
    {
        string file = ModelFolder.FileToRead(path, FileName);
        return Find(Encoding.UTF8.GetString(InputFile.ReadAllBytes(file, LargestFile)))
            ?? throw new InvalidFileException(file, $"the template is not known. Supported is ChatML in exactly this text: {ChatMlText}");
    }

    /// <summary>The template with this Jinja text, or null when it is not known. Blank space around it does not matter.</summary>
    public static ChatTemplate? Find(string text) => text.AsSpan().Trim().SequenceEqual(ChatMl.Text) ? ChatMl : null;

    /// <summary>Writes <c>chat_template.jinja</c>.</summary>
    /// <param name="path">A path that ends in <c>.jinja</c>, or else a folder, made when missing.</param>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public void Save(string path) =>
        AtomicFile.Write(ModelFolder.FileToWrite(path, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(Text)));

    /// <summary>
    /// The chat as text, to be encoded with <c>parseSpecial: true</c> by trusted callers: control tokens written in a message would come
    /// alive. <see cref="Encode"/> has no such hole.
    /// </summary>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of an assistant's turn follows.</param>
    public string Render(IEnumerable<ChatMessage> messages, bool addGenerationPrompt)
    {
        var text = new StringBuilder();
        foreach (ChatMessage message in messages) text.Append(_start).Append(message.Role).Append('\n').Append(message.Content).Append(EndOfTurn).Append('\n');
        if (addGenerationPrompt) text.Append(_start).Append(ChatMessage.Assistant).Append('\n');
        return text.ToString();
    }

    /// <summary>
    /// The chat as tokens. Content is encoded alone and as plain text, so it can make no control token, and a chat with the generation
    /// prompt is a prefix of the chat with its answer. The ids are those of <see cref="Render"/> unless content forges control tokens
    /// or begins with a line end, which a rendered text would join with the one after the role.
    /// </summary>
    /// <param name="tokenizer">A tokenizer that has the two control tokens.</param>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of an assistant's turn follows.</param>
    /// <exception cref="InputException">The tokenizer lacks a control token of the template.</exception>
    public int[] Encode(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, bool addGenerationPrompt) =>
        EncodeWithMask(tokenizer, messages, addGenerationPrompt).Ids;

    /// <summary>The chat as <see cref="Encode"/> gives it, with the tokens of the answers marked: for a loss on the answers only.</summary>
    /// <param name="tokenizer">A tokenizer that has the two control tokens.</param>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of an assistant's turn follows.</param>
    /// <exception cref="InputException">The tokenizer lacks a control token of the template.</exception>
    public ChatTokens EncodeWithMask(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        (int start, int end) = (Control(tokenizer, _start), Control(tokenizer, EndOfTurn));
        int[] lineEnd = tokenizer.Encode("\n");
        var ids = new List<int>();
        var isAnswer = new List<bool>();

        foreach (ChatMessage message in messages)
        {
            Open(message.Role);
            Add([.. tokenizer.Encode(message.Content), end], message.Role == ChatMessage.Assistant);
            Add(lineEnd, answer: false);
        }

        if (addGenerationPrompt) Open(ChatMessage.Assistant);
        return new ChatTokens([.. ids], [.. isAnswer]);

        void Open(string role) => Add([start, .. tokenizer.Encode($"{role}\n")], answer: false);

        void Add(int[] tokens, bool answer)
        {
            ids.AddRange(tokens);
            isAnswer.AddRange(Enumerable.Repeat(answer, tokens.Length));
        }
    }

    private int Control(Tokenizer tokenizer, string token) => tokenizer.SpecialTokens.TryGetValue(token, out int id)
        ? id
        : throw new InputException($"The tokenizer has no special token {token}, which the chat template needs. Train it with special_tokens {_start},{EndOfTurn}.");
}
