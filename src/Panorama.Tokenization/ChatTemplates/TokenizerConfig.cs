using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization.ChatTemplates;

/// <summary><c>tokenizer_config.json</c>: what Hugging Face tools need besides <c>tokenizer.json</c> to open a model folder.</summary>
public sealed record TokenizerConfig
{
    /// <summary>The file's name inside a model folder.</summary>
    public const string FileName = "tokenizer_config.json";

    /// <summary>The token that ends a text, or a turn of a chat model.</summary>
    public required string EosToken { get; init; }

    /// <summary>The token that begins a text, or null for none.</summary>
    public string? BosToken { get; init; }

    /// <summary>The token that fills batches, or null for none.</summary>
    public string? PadToken { get; init; }

    /// <summary>The longest text of the model, in tokens.</summary>
    public required int ModelMaxLength { get; init => field = Require.That(value >= 1, value, "model_max_length", "at least 1"); }

    /// <summary>The chat template, or null for none.</summary>
    public ChatTemplate? ChatTemplate { get; init; }

    /// <summary>Writes the file.</summary>
    /// <param name="path">A path that ends in <c>.json</c>, or else a folder, made when missing.</param>
    /// <param name="tokenizer">The tokenizer beside it, which must have the named tokens.</param>
    /// <exception cref="InputException">The tokenizer lacks a named token.</exception>
    /// <exception cref="JobException">The file cannot be written.</exception>
    public void Save(string path, Tokenizer tokenizer)
    {
        foreach (string? token in (string?[])[EosToken, BosToken, PadToken])
            if (token is not null && !tokenizer.SpecialTokens.ContainsKey(token))
                throw new InputException($"{FileName}: the tokenizer has no special token {token}; it has {string.Join(", ", tokenizer.SpecialTokens.Keys)}.");

        AtomicFile.Write(ModelFolder.FileToWrite(path, FileName), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            Write(json);
        });
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteString("eos_token", EosToken);
        json.WriteString("bos_token", BosToken);
        json.WriteString("pad_token", PadToken);
        json.WriteNull("unk_token");
        json.WriteNumber("model_max_length", ModelMaxLength);
        json.WriteBoolean("add_bos_token", false);
        json.WriteBoolean("add_eos_token", false);
        json.WriteBoolean("clean_up_tokenization_spaces", false); // decoding must give the text back as it was
        if (ChatTemplate is not null) json.WriteString("chat_template", ChatTemplate.Text);
        json.WriteEndObject();
    }
}
