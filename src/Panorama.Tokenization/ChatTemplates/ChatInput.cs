using System.Text.Json;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>What a chat template is given.</summary>
public sealed record ChatInput
{
    /// <summary>The turns.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Whether the beginning of an assistant's turn follows.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>A JSON list of the tools that the assistant may call, as OpenAI's API has it, or null.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>A JSON list of documents to answer from, or null.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Further variables, such as <c>enable_thinking</c>. Text in them makes no control tokens either.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Variables { get; init; }

    /// <summary>The time that templates write into system messages; <see langword="null"/>: the present.</summary>
    public DateTimeOffset? Now { get; init; }
}
