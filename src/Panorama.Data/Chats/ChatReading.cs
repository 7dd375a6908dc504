using System.Text;
using System.Text.Json;
using Panorama.Data.Questions;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Data.Chats;

/// <summary>Makes chats of records. A record that is wrong gives the reason instead.</summary>
internal static class ChatReading
{
    private const int MostTurns = 10_000;

    private static readonly Dictionary<string, string> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["system"] = ChatMessage.System,
        ["developer"] = ChatMessage.System,
        ["user"] = ChatMessage.User,
        ["human"] = ChatMessage.User,
        ["assistant"] = ChatMessage.Assistant,
        ["gpt"] = ChatMessage.Assistant,
        ["chatgpt"] = ChatMessage.Assistant,
        ["model"] = ChatMessage.Assistant,
        ["bot"] = ChatMessage.Assistant,
        ["tool"] = ChatMessage.Tool,
        ["function"] = ChatMessage.Tool,
        ["observation"] = ChatMessage.Tool,
        ["function_response"] = ChatMessage.Tool,
    };

    /// <summary>Reads a record.</summary>
    /// <param name="example">The record.</param>
    /// <param name="format">The file's format.</param>
    /// <param name="chat">The chat.</param>
    /// <returns>What is wrong with the record, or null.</returns>
    public static string? Read(ChatExample example, ChatFormat format, out ChatRecord? chat)
    {
        chat = null;
        var turns = new List<ChatMessage>();
        try
        {
            string? fault = format switch
            {
                ChatFormat.Messages => Turns(example.Messages, "messages", "role", "content", turns),
                ChatFormat.Sharegpt => Opening(example, turns) ?? Turns(example.Conversations, "conversations", "from", "value", turns),
                ChatFormat.Alpaca => Alpaca(example, turns),
                _ => Side(example.Prompt, "prompt", ChatMessage.User, turns) ?? Side(example.Completion, "completion", ChatMessage.Assistant, turns),
            };
            fault ??= turns.Any(t => t.Role == ChatMessage.Assistant) ? null : "there is no answer of the assistant";
            chat = fault is null ? new ChatRecord(turns, example.Id is { ValueKind: JsonValueKind.String or JsonValueKind.Number } id ? id.ToString() : null) : null;
            return fault;
        }
        catch (InvalidOperationException fault)
        {
            return fault.Message; // half a surrogate pair in an escape
        }
    }

    private static string? Alpaca(ChatExample example, List<ChatMessage> turns)
    {
        if (Opening(example, turns) is { } wrong)
        {
            return wrong;
        }

        if (example.History is { ValueKind: not JsonValueKind.Null } history)
        {
            if (history.ValueKind != JsonValueKind.Array)
            {
                return "history is no list of pairs of texts";
            }

            foreach (JsonElement pair in history.EnumerateArray())
            {
                if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[0].ValueKind != JsonValueKind.String || pair[1].ValueKind != JsonValueKind.String)
                {
                    return "history is no list of pairs of texts";
                }

                turns.Add(new ChatMessage(ChatMessage.User, pair[0].GetString()!));
                turns.Add(new ChatMessage(ChatMessage.Assistant, pair[1].GetString()!));
            }
        }

        (string? instruction, string? input, string? output) = (Text(example.Instruction), Text(example.Input), Text(example.Output));
        if (instruction is null || output is null)
        {
            return $"{(instruction is null ? "instruction" : "output")} is missing or no text";
        }

        turns.Add(new ChatMessage(ChatMessage.User, string.IsNullOrEmpty(input) ? instruction : $"{instruction}\n\n{input}"));
        turns.Add(new ChatMessage(ChatMessage.Assistant, output));
        return null;
    }

    private static string? Opening(ChatExample example, List<ChatMessage> turns)
    {
        if (example.System is not { ValueKind: not JsonValueKind.Null } system)
        {
            return null;
        }

        if (Text(system) is not { } text)
        {
            return "system is no text";
        }

        if (text.Length > 0)
        {
            turns.Add(new ChatMessage(ChatMessage.System, text));
        }

        return null;
    }

    private static string? Side(JsonElement? side, string name, string role, List<ChatMessage> turns)
    {
        if (Text(side) is not { } text)
        {
            return Turns(side, name, "role", "content", turns);
        }

        turns.Add(new ChatMessage(role, text));
        return null;
    }

    private static string? Turns(JsonElement? list, string name, string roleName, string contentName, List<ChatMessage> turns)
    {
        if (list is not { ValueKind: JsonValueKind.Array } items || items.GetArrayLength() is 0 or > MostTurns)
        {
            return $"{name} is no list of 1 to {MostTurns} turns";
        }

        foreach (JsonElement turn in items.EnumerateArray())
        {
            if (turn.ValueKind != JsonValueKind.Object || !turn.TryGetProperty(roleName, out JsonElement role) || role.ValueKind != JsonValueKind.String || !Roles.TryGetValue(role.GetString()!, out string? known))
            {
                return $"{name}[{turns.Count}] has no {roleName} among {string.Join(", ", Roles.Keys)}";
            }

            if (!turn.TryGetProperty(contentName, out JsonElement content) || Content(content) is not { } text)
            {
                return $"{name}[{turns.Count}] has no text in {contentName}";
            }

            turns.Add(new ChatMessage(known, text));
        }

        return null;
    }

    // A text, or parts of which all are text: {"type": "text", "text": …}.
    private static string? Content(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Array)
        {
            return Text(content);
        }

        var joined = new StringBuilder();
        foreach (JsonElement part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("text", out JsonElement text) || text.ValueKind != JsonValueKind.String)
            {
                return null;
            }

            joined.Append(text.GetString());
        }

        return joined.ToString();
    }

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
