using System.Text.Json;
using Panorama.Tokenization.ChatTemplates.Jinja;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>The variables of a template, as transformers names them: <c>messages</c>, <c>tools</c>, <c>documents</c>, <c>add_generation_prompt</c>, special tokens.</summary>
internal static class ChatVariables
{
    private static readonly Dictionary<string, JsonElement> NoFields = new(StringComparer.Ordinal);

    /// <summary>Makes the variables of a chat.</summary>
    /// <param name="input">The chat.</param>
    /// <param name="specialTokens">Special tokens by the name that templates use: <c>bos_token</c>.</param>
    /// <param name="knowsNone">Whether the template asks for content that is none; to others a message without any has an empty text.</param>
    public static Dictionary<string, JinjaValue> Of(ChatInput input, IReadOnlyDictionary<string, string> specialTokens, bool knowsNone)
    {
        var variables = new Dictionary<string, JinjaValue>(StringComparer.Ordinal);
        foreach ((string name, string token) in specialTokens) variables[name] = JinjaText.Of(token, Origin.Template);
        foreach ((string name, JsonElement value) in input.Variables ?? NoFields) variables[name] = JinjaJson.Read(value, Origin.Unknown);
        variables["messages"] = new JinjaList([.. input.Messages.Select((message, index) => Message(message, index, knowsNone))]);
        variables["tools"] = Optional(input.Tools);
        variables["documents"] = Optional(input.Documents);
        variables["add_generation_prompt"] = JinjaBool.Of(input.AddGenerationPrompt);
        return variables;
    }

    private static JinjaValue Optional(JsonElement? json) => json is { } element ? JinjaJson.Read(element, Origin.Unknown) : JinjaNone.Value;

    private static JinjaDict Message(ChatMessage message, int index, bool knowsNone)
    {
        int origin = Origin.Message(index);
        OrderedDictionary<JinjaValue, JinjaValue> fields = JinjaDict.NewItems();
        fields[Key("role")] = JinjaText.Of(message.Role, Origin.Template); // one of a few known words
        fields[Key("content")] = Content(message, origin, knowsNone);
        AddText("reasoning_content", message.Reasoning);
        AddText("name", message.Name);
        AddText("tool_call_id", message.ToolCallId);
        if (message.ToolCalls.Count > 0) fields[Key("tool_calls")] = new JinjaList([.. message.ToolCalls.Select(call => ToolCall(call, origin))]);
        foreach ((string name, JsonElement value) in message.Fields ?? NoFields) fields.TryAdd(Key(name), JinjaJson.Read(value, origin));
        return new JinjaDict(fields);

        void AddText(string name, string? text)
        {
            if (text is not null) fields[Key(name)] = JinjaText.Of(text, origin);
        }
    }

    // A message that only calls tools has no content. Some templates tell it by that, others would write "None".
    private static JinjaValue Content(ChatMessage message, int origin, bool knowsNone)
    {
        if (message.Parts is null) return knowsNone && message.Content.Length == 0 && message.ToolCalls.Count > 0 ? JinjaNone.Value : JinjaText.Of(message.Content, origin);
        return new JinjaList([.. message.Parts.Select(part =>
        {
            OrderedDictionary<JinjaValue, JinjaValue> fields = JinjaDict.NewItems();
            fields[Key("type")] = JinjaText.Of(part.Type, origin);
            if (part.Text is not null) fields[Key("text")] = JinjaText.Of(part.Text, origin);
            return new JinjaDict(fields);
        })]);
    }

    private static JinjaDict ToolCall(ChatToolCall call, int origin)
    {
        OrderedDictionary<JinjaValue, JinjaValue> function = JinjaDict.NewItems(), fields = JinjaDict.NewItems();
        function[Key("name")] = JinjaText.Of(call.Name, origin);
        function[Key("arguments")] = Arguments(call.Arguments, origin);
        if (call.Id is not null) fields[Key("id")] = JinjaText.Of(call.Id, origin);
        fields[Key("type")] = JinjaText.Of("function", Origin.Template);
        fields[Key("function")] = new JinjaDict(function);
        return new JinjaDict(fields);
    }

    private static JinjaValue Arguments(string json, int origin)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Core.IO.JsonFile.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object ? JinjaJson.Read(document.RootElement, origin) : JinjaText.Of(json, origin);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return JinjaText.Of(json, origin); // the latter: half a surrogate pair in an escape
        }
    }

    private static JinjaText Key(string name) => JinjaText.Of(name, Origin.Template);
}
