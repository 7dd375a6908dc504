using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Bytes;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads the tokenizer of a GGUF file.</summary>
internal static class GgufTokenizerReader
{
    private const int MostTokens = 4 << 20;
    private const string Escape = Normalizers.SentencePieceNormalizer.Escape;

    /// <summary>Reads the metadata.</summary>
    public static TokenizerDefinition Read(string file, GgufTokenizer tokenizer)
    {
        Check(file, tokenizer);
        if (tokenizer.HuggingFaceJson is { } json) return TokenizerJsonReader.Read(file, Encoding.UTF8.GetBytes(json));
        return tokenizer.Kind switch
        {
            GgufTokenizerKind.ByteLevel => ByteLevel(file, tokenizer),
            GgufTokenizerKind.SentencePiece => SentencePiece(file, tokenizer),
            _ => WordPiece(file, tokenizer),
        };
    }

    private static void Check(string file, GgufTokenizer tokenizer)
    {
        int count = tokenizer.Tokens.Count;
        if (count is 0 or > MostTokens) throw new InvalidFileException(file, $"its tokenizer has {count} tokens; allowed: 1 to {MostTokens}.");
        if (tokenizer.Types is { } types && types.Count != count) throw new InvalidFileException(file, $"its tokenizer has {count} tokens, but {types.Count} types of tokens.");
        if (tokenizer.Scores is { } scores && scores.Count != count) throw new InvalidFileException(file, $"its tokenizer has {count} tokens, but {scores.Count} scores.");
        foreach (int? id in (int?[])[tokenizer.Bos, tokenizer.Eos, tokenizer.Unknown, tokenizer.Separator, tokenizer.Padding, tokenizer.Mask])
            if (id is { } value && (uint)value >= (uint)count) throw new InvalidFileException(file, $"names the special token {value}; its tokenizer has the ids 0 to {count - 1}.");
    }

    // An id that is not used has a made-up text, if any.
    private static SentencePieceModel Pieces(string file, GgufTokenizer tokenizer)
    {
        var pieces = new SentencePiece[tokenizer.Tokens.Count];
        for (int id = 0; id < pieces.Length; id++)
        {
            string text = PartLimits.CheckedToken(file, tokenizer.Tokens[id], $"token {id}");
            float score = tokenizer.Scores?[id] ?? 0;
            if (!float.IsFinite(score)) throw new InvalidFileException(file, $"token {id} has the score {score}, which is not finite.");
            pieces[id] = new SentencePiece(text, score, text.Length == 0 ? PieceKind.Unused : (PieceKind)(tokenizer.Types?[id] ?? (int)PieceKind.Normal));
        }

        return new SentencePieceModel(file, pieces);
    }

    private static TokenizerDefinition ByteLevel(string file, GgufTokenizer tokenizer)
    {
        var pattern = GgufPreTokenizer.Find(file, tokenizer.PreTokenizer);
        SentencePieceModel pieces = Pieces(file, tokenizer);
        Dictionary<string, int> ids = pieces.Ids();
        Merge[] merges = Merges(file, tokenizer.Merges ?? throw new InvalidFileException(file, "its tokenizer has no merges (tokenizer.ggml.merges)."), ids);
        bool[] inModel = [.. pieces.Pieces.Select(static piece => piece.Kind is PieceKind.Normal or PieceKind.Byte)];
        foreach (Merge merge in merges) inModel[merge.Left] = inModel[merge.Right] = inModel[merge.Result] = true;
        AddedToken[] added = [.. pieces.Added()];
        RequirePlainBytes(file, added);
        return new TokenizerDefinition
        {
            Tokens = pieces.Tokens(),
            InModel = inModel,
            AddedTokens = added,
            Model = new BpeDefinition { Merges = merges, IgnoreMerges = pattern.IgnoreMerges },
            Parts = TokenizerParts.Parse(file, $$$"""
                {"pre_tokenizer":{{{pattern.Json}}},"post_processor":{{{Around(file, tokenizer, tokenizer.AddBos ?? pattern.AddsBos, tokenizer.AddEos ?? false)}}},
                 "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}}
                """, pieces.Pieces.Count),
        };
    }

    private static Merge[] Merges(string file, IReadOnlyList<string> lines, Dictionary<string, int> ids)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new Merge[lines.Count];
        for (int rank = 0; rank < merges.Length; rank++)
        {
            string line = lines[rank];
            int space = line.Length > 1 ? line.IndexOf(' ', 1) : -1; // a token may begin with a space
            if (space < 0 || space == line.Length - 1) throw new InvalidFileException(file, $"merge {rank} is \"{JsonPart.Cut(line)}\", not two tokens with a space between.");
            string both = string.Concat(line.AsSpan(0, space), line.AsSpan(space + 1));
            merges[rank] = new Merge(Id(line.AsSpan(0, space), rank), Id(line.AsSpan(space + 1), rank), Id(both, rank));
        }

        return merges;

        int Id(ReadOnlySpan<char> token, int rank) => lookup.TryGetValue(token, out int id)
            ? id
            : throw new InvalidFileException(file, $"merge {rank} names \"{JsonPart.Cut(token.ToString())}\", which is no token.");
    }

    // A control token that plain text can make would let users forge turns of a chat.
    private static void RequirePlainBytes(string file, AddedToken[] added)
    {
        var single = new byte[1];
        foreach (AddedToken token in added)
            if (token.Special && token.Content.Length == 1 && ByteAlphabet.TryToBytes(token.Content, single)) throw new InvalidFileException(file, $"makes \"{token.Content}\" a control token, which is the token of a byte, so plain text could make it.");
    }

    private static TokenizerDefinition SentencePiece(string file, GgufTokenizer tokenizer)
    {
        if (tokenizer.Scores is null) throw new InvalidFileException(file, "its tokenizer has no scores (tokenizer.ggml.scores).");
        SentencePieceModel pieces = Pieces(file, tokenizer);
        Dictionary<string, int> ids = pieces.Ids();
        string?[] tokens = pieces.Tokens();
        bool prefix = tokenizer.AddSpacePrefix ?? true;
        string prepend = prefix ? $$$"""{"type":"Prepend","prepend":"{{{Escape}}}"},""" : "";
        string strip = prefix ? """,{"type":"Strip","content":" ","start":1,"stop":0}""" : "";
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = Array.ConvertAll(tokens, static token => token is not null),
            AddedTokens = [.. pieces.Added()],
            Model = pieces.Bpe(ids, byteFallback: pieces.Pieces.Any(static piece => piece.Kind == PieceKind.Byte)),
            Parts = TokenizerParts.Parse(file, $$$"""
                {"normalizer":{"type":"Sequence","normalizers":[{{{prepend}}}{"type":"Replace","pattern":{"String":" "},"content":"{{{Escape}}}"}]},
                 "post_processor":{{{Around(file, tokenizer, tokenizer.AddBos ?? true, tokenizer.AddEos ?? false)}}},
                 "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"{{{Escape}}}"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}{{{strip}}}]}}
                """, tokens.Length),
        };
    }

    // The format marks the beginnings of words, vocab.txt their insides.
    private static TokenizerDefinition WordPiece(string file, GgufTokenizer tokenizer)
    {
        var vocabulary = new SentencePieceModel(file, [.. Pieces(file, tokenizer).Pieces.Select(static piece => piece.Kind switch
        {
            PieceKind.Normal when piece.Text.StartsWith(Escape, StringComparison.Ordinal) => piece with { Text = piece.Text[Escape.Length..] },
            PieceKind.Normal => piece with { Text = "##" + piece.Text },
            _ => piece,
        })]);
        string?[] tokens = vocabulary.Tokens();
        vocabulary.Ids();
        bool lowercase = tokenizer.Lowercase ?? true;
        string unknown = tokenizer.Unknown is { } id ? tokens[id] ?? "" : "[UNK]";
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = Array.ConvertAll(tokens, static token => token is not null),
            AddedTokens = [.. vocabulary.Added()],
            Model = new WordPieceDefinition(unknown),
            Parts = TokenizerParts.Parse(file, $$$"""
                {"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":{{{Flag(tokenizer.StripAccents ?? lowercase)}}},"lowercase":{{{Flag(lowercase)}}}},
                 "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{{{AroundBert(file, tokenizer)}}},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true}}
                """, tokens.Length),
        };
    }

    private static string Around(string file, GgufTokenizer tokenizer, bool addBos, bool addEos)
    {
        if (!addBos && !addEos) return "null";
        string begin = addBos ? Special(tokenizer.Bos, "add_bos_token", "bos_token_id") : "", end = addEos ? Special(tokenizer.Eos, "add_eos_token", "eos_token_id") : "";
        string single = Joined(begin, """{"Sequence":{"id":"A","type_id":0}}""", end), second = Joined(begin, """{"Sequence":{"id":"B","type_id":1}}""", end);
        string described = string.Join(',', new[] { addBos ? tokenizer.Bos : null, addEos ? tokenizer.Eos : null }.OfType<int>().Distinct().Select(id => $$$"""{{{Text(id)}}}:{"id":{{{Text(id)}}},"ids":[{{{id}}}],"tokens":[{{{Text(id)}}}]}"""));
        return $$$"""{"type":"TemplateProcessing","single":[{{{single}}}],"pair":[{{{single}}},{{{second}}}],"special_tokens":{{{{described}}}}}""";

        string Special(int? id, string flag, string key) => id is { } value
            ? $$$"""{"SpecialToken":{"id":{{{Text(value)}}},"type_id":0}}"""
            : throw new InvalidFileException(file, $"its tokenizer is to put a token around texts (tokenizer.ggml.{flag}) but does not say which (tokenizer.ggml.{key}).");

        string Text(int id) => Quoted(tokenizer.Tokens[id]);
    }

    private static string AroundBert(string file, GgufTokenizer tokenizer)
    {
        if (tokenizer.AddBos is false) return "null";
        (int begin, int end) = (tokenizer.Bos ?? throw Missing("bos"), tokenizer.Separator ?? tokenizer.Eos ?? throw Missing("seperator"));
        return $$$"""{"type":"BertProcessing","sep":[{{{Quoted(tokenizer.Tokens[end])}}},{{{end}}}],"cls":[{{{Quoted(tokenizer.Tokens[begin])}}},{{{begin}}}]}""";

        InvalidFileException Missing(string name) => new(file, $"its tokenizer does not say which tokens are put around texts (tokenizer.ggml.{name}_token_id).");
    }

    private static string Joined(params string[] parts) => string.Join(',', parts.Where(static part => part.Length > 0));

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static string Flag(bool value) => value ? "true" : "false";
}
