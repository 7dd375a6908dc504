using System.Text.Json;
using System.Text.Json.Nodes;

namespace Panorama.Inference.Tests;

/// <summary>A tokenizer of the 256 bytes (id = byte), "ab" (256), and the control tokens &lt;s&gt; (257) and &lt;/s&gt; (258).</summary>
internal static class ByteTokenizer
{
    public const int Begin = 257;
    public const int End = 258;

    private static readonly Lazy<Tokenizer> Made = new(Make);

    public static Tokenizer Instance => Made.Value;

    private static Tokenizer Make()
    {
        var vocabulary = new JsonObject();
        int other = 256;
        for (int b = 0; b < 256; b++)
        {
            // The byte alphabet of GPT-2: printable Latin-1 as it is, the rest from U+0100 on.
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            vocabulary[((char)(printable ? b : other++)).ToString()] = b;
        }

        vocabulary["ab"] = 256;
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(Added("<s>", Begin), Added("</s>", End)),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray("a b"),
            },
        };
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        File.WriteAllText(path, root.ToJsonString(new JsonSerializerOptions()));
        try
        {
            return Tokenizer.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static JsonObject Added(string content, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };
}
