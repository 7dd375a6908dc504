using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization.ChatTemplates;

namespace Panorama.Inference.Families;

/// <summary>
/// What a <c>tokenizer_config.json</c> says beside the tokenizer
/// (https://huggingface.co/docs/transformers/main_classes/tokenizer). Other fields are ignored.
/// </summary>
internal sealed record TokenizerSettings
{
    // Files that list every added token, as those of Llama 3 and Mistral, have some hundred kilobytes.
    private const int LargestFile = 16 << 20;

    /// <summary>The token that begins a text; <see langword="null"/>: not said.</summary>
    public string? BosToken { get; init; }

    /// <summary>The token that ends a text or a turn; <see langword="null"/>: not said.</summary>
    public string? EosToken { get; init; }

    /// <summary>Whether a text is to begin with its token; <see langword="null"/>: not said.</summary>
    public bool? AddBos { get; init; }

    /// <summary>The Jinja text of the chat template; <see langword="null"/>: not said.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads the file of a folder; an absent one says nothing.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    /// <exception cref="InvalidFileException">A field is wrong; names it.</exception>
    public static TokenizerSettings Read(string folder)
    {
        string path = Path.Combine(folder, TokenizerConfig.FileName);
        if (!File.Exists(path))
        {
            return new TokenizerSettings();
        }

        using JsonDocument document = JsonFile.Read(path, LargestFile);
        JsonFields fields = JsonFields.Of(document, path);
        return new TokenizerSettings
        {
            BosToken = Token(fields.Optional("bos_token")),
            EosToken = Token(fields.Optional("eos_token")),
            AddBos = fields.Optional("add_bos_token")?.Boolean() ?? DefaultOfClass(fields),
            ChatTemplate = Template(fields.Optional("chat_template")),
        };
    }

    /// <summary>The file's content, with what the tools of the layout need besides.</summary>
    /// <param name="contextLength">The longest text of the model, in tokens.</param>
    /// <param name="padToken">The token that fills batches, or null.</param>
    public byte[] ToJson(int contextLength, string? padToken) => JsonText.Indented(json =>
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteString("bos_token", BosToken);
        json.WriteString("eos_token", EosToken);
        json.WriteString("pad_token", padToken);
        json.WriteNumber("model_max_length", contextLength);
        json.WriteBoolean("add_bos_token", AddBos ?? false);
        json.WriteBoolean("clean_up_tokenization_spaces", false); // decoding must give the text back as it was
        if (ChatTemplate is not null)
        {
            json.WriteString("chat_template", ChatTemplate);
        }
    });

    // A token is written as it is, or as an object with its properties.
    private static string? Token(JsonField? field) => field switch
    {
        null => null,
        { Element.ValueKind: JsonValueKind.Object } token => token.Object().Required("content").Text(),
        { } text => text.Text(),
    };

    // The classes of LLaMA's SentencePiece tokenizer begin every text unless told otherwise.
    private static bool? DefaultOfClass(JsonFields fields) =>
        fields.Optional("tokenizer_class")?.Text() is "LlamaTokenizer" or "LlamaTokenizerFast" ? true : null;

    // A list holds templates by name, for chats and for other uses.
    private static string? Template(JsonField? field)
    {
        if (field is not { Element.ValueKind: JsonValueKind.Array } list)
        {
            return field?.Text();
        }

        foreach (JsonField item in list.Items())
        {
            JsonFields template = item.Object();
            if (template.Required("name").Text() == "default")
            {
                return template.Required("template").Text();
            }
        }

        throw list.Wrong("a list with a template named 'default'");
    }
}
