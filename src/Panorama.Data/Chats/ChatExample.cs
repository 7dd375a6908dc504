using System.Text.Json;

namespace Panorama.Data.Chats;

/// <summary>A record of any of the formats, as it may come from outside.</summary>
internal sealed record ChatExample
{
    /// <summary>Where the record comes from, a text or a number.</summary>
    public JsonElement? Id { get; init; }

    /// <summary>Turns with role and content.</summary>
    public JsonElement? Messages { get; init; }

    /// <summary>Turns with from and value.</summary>
    public JsonElement? Conversations { get; init; }

    /// <summary>The instructions before a chat.</summary>
    public JsonElement? System { get; init; }

    /// <summary>What is asked.</summary>
    public JsonElement? Instruction { get; init; }

    /// <summary>What the instruction is about.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>The answer.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Earlier pairs of instruction and answer.</summary>
    public JsonElement? History { get; init; }

    /// <summary>What is asked.</summary>
    public JsonElement? Prompt { get; init; }

    /// <summary>The answer.</summary>
    public JsonElement? Completion { get; init; }

    /// <summary>The format whose fields the record has; <see cref="ChatFormat.Auto"/>: none.</summary>
    public ChatFormat Format() => this switch
    {
        { Messages: not null } => ChatFormat.Messages,
        { Conversations: not null } => ChatFormat.Sharegpt,
        { Instruction: not null } => ChatFormat.Alpaca,
        { Prompt: not null, Completion: not null } => ChatFormat.PromptCompletion,
        _ => ChatFormat.Auto,
    };
}
