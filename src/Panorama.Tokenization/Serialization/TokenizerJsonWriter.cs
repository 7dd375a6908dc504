using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.IO;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>Writes <c>tokenizer.json</c>, readable by every version of Hugging Face tokenizers (merges as <c>"a b"</c>).</summary>
internal static class TokenizerJsonWriter
{
    /// <summary>Writes a file, replacing an older one at once.</summary>
    /// <param name="tokenizer">What to write.</param>
    /// <param name="path">A path that ends in <c>.json</c>, or else a folder.</param>
    public static void Write(TokenizerDefinition tokenizer, string path) =>
        AtomicFile.Write(ModelFolder.FileToWrite(path, TokenizerJsonReader.FileName), stream =>
        {
            // Relaxed: the vocabulary stays readable; the file is never part of a web page.
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            Write(json, tokenizer);
        });

    private static void Write(Utf8JsonWriter json, TokenizerDefinition tokenizer)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        AddedTokensJson.Write(json, tokenizer.AddedTokens);
        json.WriteNull("normalizer");
        json.WritePropertyName("pre_tokenizer");
        WritePreTokenizer(json, tokenizer.Pattern);
        json.WritePropertyName("post_processor");
        json.WriteRawValue(tokenizer.Template.Json ?? "null");
        json.WritePropertyName("decoder");
        WriteByteLevel(json, useRegex: true);
        WriteModel(json, tokenizer);
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, SplitPattern pattern)
    {
        if (pattern == SplitPattern.Gpt2)
        {
            WriteByteLevel(json, useRegex: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", SplitPatternText.Of(pattern));
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerDefinition tokenizer)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", tokenizer.IgnoreMerges);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokenizer.Tokens.Length; id++)
            if (tokenizer.InModel[id]) json.WriteNumber(tokenizer.Tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (Merge merge in tokenizer.Merges) WriteMerge(json, tokenizer.Tokens[merge.Left], tokenizer.Tokens[merge.Right]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMerge(Utf8JsonWriter json, string left, string right)
    {
        if (!left.Contains(' ') && !right.Contains(' '))
        {
            json.WriteStringValue($"{left} {right}");
            return;
        }

        json.WriteStartArray();
        json.WriteStringValue(left);
        json.WriteStringValue(right);
        json.WriteEndArray();
    }
}
