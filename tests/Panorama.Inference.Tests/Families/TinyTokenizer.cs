using System.Text.Json.Nodes;

namespace Panorama.Inference.Tests.Families;

/// <summary>Tokenizer files of at most 48 ids for the tiny models.</summary>
internal static class TinyTokenizer
{
    /// <summary>Byte-level without all bytes: letters a to z, a space, merges, and control tokens at 40 to 42.</summary>
    public static string ByteLevel(string pattern = "Llama3", string post = "null")
    {
        var vocabulary = new JsonObject();
        for (char c = 'a'; c <= 'z'; c++)
        {
            vocabulary.Add(c.ToString(), vocabulary.Count);
        }

        string[] merges = ["t h", "th e", "Ġ the", "a n", "an d"];
        vocabulary.Add("Ġ", vocabulary.Count);
        foreach (string merge in merges)
        {
            vocabulary.Add(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        string rules = string.Join(',', merges.Select(static m => $"\"{m}\""));
        return $$$"""
            {"version":"1.0","truncation":null,"padding":null,"normalizer":null,
             "added_tokens":[{"id":40,"content":"<|end|>","special":true},{"id":41,"content":"<|im_start|>","special":true},{"id":42,"content":"<|im_end|>","special":true}],
             "pre_tokenizer":{{{Pattern(pattern)}}},"post_processor":{{{post}}},"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
             "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
                      "vocab":{{{vocabulary.ToJsonString()}}},"merges":[{{{rules}}}]}}
            """;
    }

    /// <summary>WordPiece with BERT's control tokens at 0 to 4.</summary>
    public static string WordPiece()
    {
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "an", "##d", "##s", "cat", "un", "##able", "##a", "."];
        return string.Join('\n', words) + "\n";
    }

    private static string Pattern(string name)
    {
        const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
        string digits = name == "Qwen2" ? @"\\p{N}" : @"\\p{N}{1,3}";
        return name == "Gpt2"
            ? """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"""
            : $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|{{digits}}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{{ByteLevel}}]}""";
    }
}
