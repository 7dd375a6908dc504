using System.Buffers.Text;
using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Bytes;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>
/// Reads the rank files of tiktoken: a line is a token in Base64, a space and its rank, which is its id. The neighbours whose joint bytes
/// have the lowest rank merge first. Pattern and special tokens are not in the file: they are known by the number of ranks.
/// </summary>
internal static class TiktokenReader
{
    private const int MostRanks = 4 << 20;

    /// <summary>The published rank files by how many ranks they have.</summary>
    private static readonly Dictionary<int, Encoding> Known = new()
    {
        [50_256] = new("r50k_base", SplitPattern.Gpt2, [("<|endoftext|>", 50_256)]),
        [50_280] = new("p50k_base", SplitPattern.Gpt2, [("<|endoftext|>", 50_256)]),
        [100_256] = new("cl100k_base", SplitPattern.Llama3, [("<|endoftext|>", 100_257), ("<|fim_prefix|>", 100_258), ("<|fim_middle|>", 100_259), ("<|fim_suffix|>", 100_260), ("<|endofprompt|>", 100_276)]),
        [128_000] = new("Llama 3", SplitPattern.Llama3, Llama3Tokens()),
        [151_643] = new("Qwen", SplitPattern.Qwen2, [("<|endoftext|>", 151_643), ("<|im_start|>", 151_644), ("<|im_end|>", 151_645)]),
        [199_998] = new("o200k_base", SplitPattern.Gpt4o, [("<|endoftext|>", 199_999), ("<|endofprompt|>", 200_018)]),
    };

    /// <summary>Whether text begins as such a file does.</summary>
    public static bool IsRanks(ReadOnlySpan<byte> start)
    {
        int end = start.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? start : start[..end];
        int space = line.IndexOf((byte)' ');
        return space > 0 && Base64.IsValid(line[..space]) && int.TryParse(line[(space + 1)..].TrimEnd((byte)'\r'), NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    /// <summary>Reads a file.</summary>
    public static TokenizerDefinition Read(string file, byte[] bytes)
    {
        List<(byte[] Token, int Rank)> ranks = Ranks(file, bytes);
        if (!Known.TryGetValue(ranks.Count, out Encoding? encoding))
            throw new InvalidFileException(file, $"has {ranks.Count} ranks, which is no published rank file: its pattern and special tokens are not known. Known: {string.Join(", ", Known.Select(static k => $"{k.Value.Name} ({k.Key})"))}. Convert it to tokenizer.json.");

        int size = Math.Max(ranks.Max(static r => r.Rank), encoding.Special.Max(static s => s.Id)) + 1;
        var tokens = new string?[size];
        var inModel = new bool[size];
        foreach ((byte[] token, int rank) in ranks) Place(file, tokens, ByteAlphabet.ToText(token), rank);
        foreach ((_, int rank) in ranks) inModel[rank] = true;
        foreach ((string token, int id) in encoding.Special) Place(file, tokens, token, id);
        (Merge[] merges, int[] mergeRanks) = Merges(ranks);
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = inModel,
            AddedTokens = [.. encoding.Special.Select(static s => new AddedToken(s.Id, s.Token, Special: true))],
            Model = new BpeDefinition { Merges = merges, Ranks = mergeRanks, IgnoreMerges = true },
            Parts = TokenizerParts.Parse(file, $$$"""{"pre_tokenizer":{{{SplitPatternText.Json(encoding.Pattern)}}},"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}}""", size),
        };
    }

    private static void Place(string file, string?[] tokens, string token, int id)
    {
        if (tokens[id] is not null) throw new InvalidFileException(file, $"gives the rank {id} twice.");
        tokens[id] = token;
    }

    private static List<(byte[] Token, int Rank)> Ranks(string file, byte[] bytes)
    {
        var ranks = new List<(byte[], int)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int line = 0;
        foreach (Range range in bytes.AsSpan().Split((byte)'\n'))
        {
            line++;
            ReadOnlySpan<byte> text = bytes.AsSpan(range).TrimEnd((byte)'\r');
            if (text.IsEmpty) continue;
            int space = text.IndexOf((byte)' ');
            var token = new byte[Math.Max(space, 0)];
            if (space <= 0 || Base64.DecodeFromUtf8(text[..space], token, out _, out int length) != System.Buffers.OperationStatus.Done || length == 0
                || !int.TryParse(text[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int rank) || rank >= MostRanks)
                throw new InvalidFileException(file, $"line {line} is \"{JsonPart.Cut(System.Text.Encoding.UTF8.GetString(text))}\", not a token in Base64, a space and a rank below {MostRanks}.");
            if (length > PartLimits.LongestToken) throw new InvalidFileException(file, $"line {line} has a token of {length} bytes; at most {PartLimits.LongestToken} are allowed.");
            if (!seen.Add(System.Text.Encoding.Latin1.GetString(token, 0, length))) throw new InvalidFileException(file, $"line {line} has the same token as an earlier one.");
            ranks.Add((token[..length], rank));
        }

        for (int b = 0; b < 256; b++)
            if (!seen.Contains(((char)b).ToString())) throw new InvalidFileException(file, $"has no token for the byte 0x{b:X2}.");
        ranks.Sort(static (a, b) => a.Item2.CompareTo(b.Item2));
        return ranks;
    }

    // Every way to split a token into two others is a rule; all rules for a token share its rank.
    private static (Merge[] Merges, int[] Ranks) Merges(List<(byte[] Token, int Rank)> ranks)
    {
        var ids = new Dictionary<string, int>(ranks.Count, StringComparer.Ordinal);
        foreach ((byte[] token, int rank) in ranks) ids.Add(System.Text.Encoding.Latin1.GetString(token), rank);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<Merge>(ranks.Count * 3);
        foreach ((byte[] token, int rank) in ranks)
        {
            int first = merges.Count;
            ReadOnlySpan<char> text = System.Text.Encoding.Latin1.GetString(token);
            for (int cut = 1; cut < text.Length; cut++)
                if (lookup.TryGetValue(text[..cut], out int left) && lookup.TryGetValue(text[cut..], out int right)) merges.Add(new Merge(left, right, rank));
            merges.Sort(first, merges.Count - first, Comparer<Merge>.Create(static (a, b) => (a.Left, a.Right).CompareTo((b.Left, b.Right))));
        }

        return ([.. merges], [.. merges.Select(static m => m.Result)]);
    }

    private static (string Token, int Id)[] Llama3Tokens()
    {
        string[] first = ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"];
        return [.. Enumerable.Range(0, 256).Select(i => (i < first.Length ? first[i] : $"<|reserved_special_token_{i - 8}|>", 128_000 + i))];
    }

    /// <summary>What a rank file does not say.</summary>
    private sealed record Encoding(string Name, SplitPattern Pattern, (string Token, int Id)[] Special);
}
