using Panorama.Core.Errors;
using Panorama.Core.IO;
using Panorama.Quantization.Gguf;
using Panorama.Tokenization.Serialization;

namespace Panorama.Inference.Families.Gguf;

/// <summary>The tokenizer in the metadata of a file.</summary>
internal static class TokenizerMetadata
{
    private const string Prefix = "tokenizer.ggml.";
    private const string HuggingFaceKey = "tokenizer.huggingface.json";

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidFileException">There is none, its kind is not supported, or a part is wrong; names it.</exception>
    public static GgufTokenizer Read(GgufFile file)
    {
        GgufMetadata metadata = file.Metadata;
        string kind = metadata.Text(Prefix + "model");
        return new GgufTokenizer
        {
            Kind = kind switch
            {
                "gpt2" => GgufTokenizerKind.ByteLevel,
                "llama" => GgufTokenizerKind.SentencePiece,
                "bert" => GgufTokenizerKind.WordPiece,
                _ => throw new InvalidFileException(file.Path, $"has a tokenizer of the kind {Shown.Quote(kind)} ({Prefix}model); supported: gpt2, llama, bert."),
            },
            PreTokenizer = metadata.FindText(Prefix + "pre"),
            Tokens = metadata.Strings(Prefix + "tokens"),
            Types = metadata.FindNumbers<int>(Prefix + "token_type"),
            Scores = metadata.FindNumbers<float>(Prefix + "scores"),
            Merges = metadata.FindStrings(Prefix + "merges"),
            Bos = Id(file, "bos_token_id") ?? Id(file, "cls_token_id"),
            Eos = Id(file, "eos_token_id"),
            Unknown = Id(file, "unknown_token_id"),
            Separator = Id(file, "seperator_token_id"), // so spelled by the format
            Padding = Id(file, "padding_token_id"),
            Mask = Id(file, "mask_token_id"),
            AddBos = metadata.FindFlag(Prefix + "add_bos_token"),
            AddEos = metadata.FindFlag(Prefix + "add_eos_token"),
            AddSpacePrefix = metadata.FindFlag(Prefix + "add_space_prefix"),
            Lowercase = metadata.FindFlag(Prefix + "normalizer.lowercase"),
            StripAccents = metadata.FindFlag(Prefix + "normalizer.strip_accents"),
            HuggingFaceJson = metadata.FindText(HuggingFaceKey),
        };
    }

    /// <summary>Writes it.</summary>
    public static void Write(GgufEntries entries, GgufTokenizer tokenizer)
    {
        entries.Add(Prefix + "model", GgufValue.Of(tokenizer.Kind switch
        {
            GgufTokenizerKind.ByteLevel => "gpt2",
            GgufTokenizerKind.SentencePiece => "llama",
            _ => "bert",
        }));
        AddText(entries, "pre", tokenizer.PreTokenizer);
        entries.Add(Prefix + "tokens", GgufValue.Of(tokenizer.Tokens));
        if (tokenizer.Scores is { } scores)
        {
            entries.Add(Prefix + "scores", GgufValue.OfNumbers<float>([.. scores]));
        }

        if (tokenizer.Types is { } types)
        {
            entries.Add(Prefix + "token_type", GgufValue.OfNumbers<int>([.. types]));
        }

        if (tokenizer.Merges is { } merges)
        {
            entries.Add(Prefix + "merges", GgufValue.Of(merges));
        }

        AddId(entries, "bos_token_id", tokenizer.Bos);
        AddId(entries, "eos_token_id", tokenizer.Eos);
        AddId(entries, "unknown_token_id", tokenizer.Unknown);
        AddId(entries, "seperator_token_id", tokenizer.Separator);
        AddId(entries, "padding_token_id", tokenizer.Padding);
        AddId(entries, "mask_token_id", tokenizer.Mask);
        AddFlag(entries, "add_bos_token", tokenizer.AddBos);
        AddFlag(entries, "add_eos_token", tokenizer.AddEos);
        AddFlag(entries, "add_space_prefix", tokenizer.AddSpacePrefix);
        AddFlag(entries, "normalizer.lowercase", tokenizer.Lowercase);
        AddFlag(entries, "normalizer.strip_accents", tokenizer.StripAccents);
        if (tokenizer.HuggingFaceJson is { } json)
        {
            entries.Add(HuggingFaceKey, GgufValue.Of(json));
        }
    }

    /// <summary>A token's id, or null; some files write the largest number for none.</summary>
    public static int? Id(GgufFile file, string name) => file.Metadata.FindInteger(Prefix + name) switch
    {
        null or -1 or uint.MaxValue => null,
        >= 0 and <= int.MaxValue and var id => (int)id,
        var id => throw new InvalidFileException(file.Path, $"metadata '{Prefix}{name}' is {id}; allowed: a token id of at least 0."),
    };

    private static void AddText(GgufEntries entries, string name, string? value)
    {
        if (value is not null)
        {
            entries.Add(Prefix + name, GgufValue.Of(value));
        }
    }

    private static void AddId(GgufEntries entries, string name, int? value)
    {
        if (value is { } id)
        {
            entries.Add(Prefix + name, GgufValue.Of((uint)id));
        }
    }

    private static void AddFlag(GgufEntries entries, string name, bool? value)
    {
        if (value is { } flag)
        {
            entries.Add(Prefix + name, GgufValue.Of(flag));
        }
    }
}
