using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.IO;
using Panorama.Tokenization.Models;

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

    /// <summary>The content of a file, without blank space.</summary>
    /// <param name="tokenizer">What to write.</param>
    public static string ToJson(TokenizerDefinition tokenizer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) Write(json, tokenizer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, TokenizerDefinition tokenizer)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        WritePart("truncation");
        WritePart("padding");
        AddedTokensJson.Write(json, tokenizer.AddedTokens);
        WritePart("normalizer");
        WritePart("pre_tokenizer");
        WritePart("post_processor");
        WritePart("decoder");
        json.WriteStartObject("model");
        WriteModel(json, tokenizer);
        json.WriteEndObject();
        json.WriteEndObject();

        void WritePart(string name)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(tokenizer.Parts.Json[name]);
        }
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerDefinition tokenizer)
    {
        switch (tokenizer.Model)
        {
            case BpeDefinition bpe:
                json.WriteString("type", "BPE");
                json.WriteNull("dropout");
                json.WriteString("unk_token", bpe.UnknownToken);
                json.WriteString("continuing_subword_prefix", bpe.ContinuingPrefix.Length == 0 ? null : bpe.ContinuingPrefix);
                json.WriteString("end_of_word_suffix", bpe.EndSuffix.Length == 0 ? null : bpe.EndSuffix);
                json.WriteBoolean("fuse_unk", bpe.FuseUnknown);
                json.WriteBoolean("byte_fallback", bpe.ByteFallback);
                json.WriteBoolean("ignore_merges", bpe.IgnoreMerges);
                WriteVocabulary(json, tokenizer);
                WriteMerges(json, tokenizer, bpe);
                break;
            case WordPieceDefinition wordPiece:
                json.WriteString("type", "WordPiece");
                json.WriteString("unk_token", wordPiece.UnknownToken);
                json.WriteString("continuing_subword_prefix", wordPiece.ContinuingPrefix);
                json.WriteNumber("max_input_chars_per_word", wordPiece.LongestWord);
                WriteVocabulary(json, tokenizer);
                break;
            case WordLevelDefinition wordLevel:
                json.WriteString("type", "WordLevel");
                WriteVocabulary(json, tokenizer);
                json.WriteString("unk_token", wordLevel.UnknownToken);
                break;
            case UnigramDefinition unigram:
                WriteUnigram(json, tokenizer, unigram);
                break;
        }
    }

    private static void WriteUnigram(Utf8JsonWriter json, TokenizerDefinition tokenizer, UnigramDefinition unigram)
    {
        json.WriteString("type", "Unigram");
        if (unigram.UnknownId is { } unknown) json.WriteNumber("unk_id", unknown);
        else json.WriteNull("unk_id");
        json.WriteStartArray("vocab");
        for (int id = 0; id < unigram.Scores.Length; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(tokenizer.Tokens[id]);
            json.WriteNumberValue(unigram.Scores[id]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", unigram.ByteFallback);
    }

    private static void WriteVocabulary(Utf8JsonWriter json, TokenizerDefinition tokenizer)
    {
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokenizer.Tokens.Length; id++)
            if (tokenizer.InModel[id]) json.WriteNumber(tokenizer.Tokens[id]!, id);
        json.WriteEndObject();
    }

    private static void WriteMerges(Utf8JsonWriter json, TokenizerDefinition tokenizer, BpeDefinition bpe)
    {
        // Older readers know pairs as "a b" only, which needs sides without a space.
        bool asText = !bpe.Merges.Any(merge => tokenizer.Tokens[merge.Left]!.Contains(' ', StringComparison.Ordinal) || tokenizer.Tokens[merge.Right]!.Contains(' ', StringComparison.Ordinal));
        json.WriteStartArray("merges");
        foreach (Merge merge in bpe.Merges)
        {
            (string left, string right) = (tokenizer.Tokens[merge.Left]!, tokenizer.Tokens[merge.Right]!);
            if (asText)
            {
                json.WriteStringValue($"{left} {right}");
                continue;
            }

            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
