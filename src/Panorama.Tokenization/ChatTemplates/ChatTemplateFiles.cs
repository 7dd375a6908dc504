using System.Text;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary>
/// Reads the template and the special tokens of a model folder: <c>chat_template.jinja</c>, or else <c>chat_template</c> of
/// <c>tokenizer_config.json</c>, one text or a list of named ones (https://huggingface.co/docs/transformers/chat_templating_writing).
/// </summary>
internal static class ChatTemplateFiles
{
    private const int LargestFile = 1 << 21;
    private const string Default = "default", ToolUse = "tool_use";

    /// <summary>Reads a template, or null when the folder has none.</summary>
    /// <param name="path">A template's file, or a model folder.</param>
    /// <exception cref="InputException">A file cannot be read.</exception>
    /// <exception cref="InvalidFileException">A file is malformed.</exception>
    public static ChatTemplate? Read(string path)
    {
        bool isFolder = Directory.Exists(path);
        string folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string file = isFolder ? Path.Combine(path, ChatTemplate.FileName) : path;
        string config = Path.Combine(folder, TokenizerConfig.FileName);
        Dictionary<string, string> tokens = new(StringComparer.Ordinal), templates = new(StringComparer.Ordinal);
        if (File.Exists(config)) ReadConfig(config, tokens, templates);
        if (!isFolder || File.Exists(file)) return ChatTemplate.Parse(ReadText(file), tokens, file);
        if (templates.Count == 0) return null;
        string? toolUse = templates.GetValueOrDefault(ToolUse);
        return ChatTemplate.Parse(templates.GetValueOrDefault(Default) ?? toolUse!, tokens, config, toolUse);
    }

    private static string ReadText(string file)
    {
        byte[] bytes = InputFile.ReadAllBytes(file, LargestFile);
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidFileException(file, "is not valid UTF-8.", e);
        }
    }

    private static void ReadConfig(string file, Dictionary<string, string> tokens, Dictionary<string, string> templates)
    {
        using JsonDocument document = JsonFile.Read(file);
        JsonFields fields = JsonFields.Of(document, file);
        foreach ((string name, JsonField field) in fields.All())
        {
            if (!name.EndsWith("_token", StringComparison.Ordinal)) continue;
            if (field.Element.ValueKind == JsonValueKind.String) tokens[name] = field.Text();
            else if (field.Element.ValueKind == JsonValueKind.Object && field.Object().Optional("content") is { } content) tokens[name] = content.Text();
        }

        if (fields.Optional("chat_template") is not { } template) return;
        if (template.Element.ValueKind == JsonValueKind.String)
        {
            templates[Default] = template.Text();
            return;
        }

        foreach (JsonField item in template.Items())
        {
            JsonFields named = item.Object();
            templates[named.Required("name").Text()] = named.Required("template").Text();
        }

        if (!templates.ContainsKey(Default) && !templates.ContainsKey(ToolUse)) throw template.Wrong($"a template, or a list with one named {Default}");
    }
}
