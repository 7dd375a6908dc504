using System.Text.Json;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>One turn of a chat.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">What is said; plain text, whatever it looks like.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The role whose turns a model learns to write.</summary>
    public const string Assistant = "assistant";

    /// <summary>The role of the person who asks.</summary>
    public const string User = "user";

    /// <summary>The role of the instructions before a chat.</summary>
    public const string System = "system";

    /// <summary>The role of the instructions of an application, which some templates tell from the system's.</summary>
    public const string Developer = "developer";

    /// <summary>The role of the result of a tool call.</summary>
    public const string Tool = "tool";

    /// <summary>Who speaks. Templates build control tokens from it (<c>&lt;|user|&gt;</c>), so only known words are let in.</summary>
    public string Role { get; init; } = Require.That(Role is System or User or Assistant or Tool or Developer, Role, "role", $"{System}, {Developer}, {User}, {Assistant}, {Tool}");

    /// <summary>The content in parts, for templates that take them; <see langword="null"/>: the content is one text.</summary>
    public IReadOnlyList<ChatPart>? Parts { get; init; }

    /// <summary>The tools that an assistant calls.</summary>
    public IReadOnlyList<ChatToolCall> ToolCalls { get; init; } = [];

    /// <summary>Which call a tool answers, or null.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>The name of the speaker or of the tool, or null.</summary>
    public string? Name { get; init; }

    /// <summary>What an assistant thought before it spoke (<c>reasoning_content</c>), or null.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Further fields that a template may read, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Fields { get; init; }
}

/// <summary>A part of a message's content.</summary>
/// <param name="Type">Its kind: <c>text</c>, or a kind that only the template knows, such as <c>image</c>.</param>
/// <param name="Text">Its text, or null.</param>
public sealed record ChatPart(string Type, string? Text = null);

/// <summary>A call of a tool by an assistant.</summary>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Its arguments: a JSON object as text. What is no JSON is given to the template as text.</param>
public sealed record ChatToolCall(string Name, string Arguments)
{
    /// <summary>What the answer refers to, or null.</summary>
    public string? Id { get; init; }
}
