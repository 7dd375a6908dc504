using Panorama.Core.Errors;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>
/// The template that models are trained with here, <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>. Its content is encoded alone,
/// so that a chat with the generation prompt is a prefix of the chat with its answer, whatever the answer begins with.
/// </summary>
internal static class ChatMl
{
    /// <summary>The special token before the role.</summary>
    public const string Start = "<|im_start|>";

    /// <summary>The special token that ends a turn.</summary>
    public const string End = "<|im_end|>";

    /// <summary>The template.</summary>
    public const string Text =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /// <summary>Encodes a chat.</summary>
    /// <exception cref="InputException">The tokenizer lacks a control token of the template.</exception>
    public static ChatTokens Encode(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, bool addGenerationPrompt)
    {
        (int start, int end) = (Control(tokenizer, Start), Control(tokenizer, End));
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

    private static int Control(Tokenizer tokenizer, string token) => tokenizer.SpecialTokens.TryGetValue(token, out int id)
        ? id
        : throw new InputException($"The tokenizer has no special token {token}, which the chat template needs. Train it with special_tokens {Start},{End}.");
}
