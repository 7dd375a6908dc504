using Panorama.Core.Errors;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>One turn of a chat.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">What is said; plain text, whatever it looks like.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The role whose turns a model learns to write.</summary>
    public const string Assistant = "assistant";

    /// <summary>The role of the person who asks.</summary>
    public const string User = "user";

    /// <summary>The role of the instructions before a chat.</summary>
    public const string System = "system";

    /// <summary>The role of the result of a tool call.</summary>
    public const string Tool = "tool";

    /// <summary>Who speaks.</summary>
    public string Role { get; init; } = Require.That(Role is System or User or Assistant or Tool, Role, "role", $"{System}, {User}, {Assistant}, {Tool}");
}
