using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Normalizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads SentencePiece models (the message ModelProto): the kinds unigram and BPE.</summary>
internal static class SentencePieceReader
{
    private const int Unigram = 1, Bpe = 2;
    private const int MostPieces = 4 << 20;

    /// <summary>Whether bytes begin as such a model does: a first piece, with its text.</summary>
    public static bool IsModel(ReadOnlySpan<byte> bytes) => bytes.Length > 4 && bytes[0] == 0x0A && bytes[1] is >= 2 and < 0x80 && bytes[2] == 0x0A && bytes[3] < bytes[1];

    /// <summary>Reads a model.</summary>
    public static TokenizerDefinition Read(string file, byte[] bytes)
    {
        Model model = Parse(file, bytes);
        if (model.Kind is not (Unigram or Bpe)) throw new InvalidFileException(file, $"is a SentencePiece model of kind {model.Kind}, which is not supported; supported: 1 (unigram), 2 (BPE).");
        if (model.SpaceSuffix) throw new InvalidFileException(file, "treats white space as a suffix, which is not supported.");
        int unused = model.Pieces.FindIndex(static piece => piece.Kind == PieceKind.Unused);
        if (unused >= 0) throw new InvalidFileException(file, $"piece {unused} is of kind {(int)PieceKind.Unused}, which is not supported; supported: normal, unknown, control, user-defined, byte.");
        var pieces = new SentencePieceModel(file, model.Pieces);
        Dictionary<string, int> ids = pieces.Ids();
        int unknown = pieces.Unknown();
        string?[] tokens = pieces.Tokens();
        TokenizerParts parts = Parts(file, model);
        return new TokenizerDefinition
        {
            Tokens = tokens,
            InModel = Array.ConvertAll(tokens, static token => token is not null),
            AddedTokens = [.. pieces.Added()],
            Model = model.Kind == Bpe ? pieces.Bpe(ids, model.ByteFallback) : new UnigramDefinition([.. model.Pieces.Select(static piece => (double)piece.Score)], unknown, model.ByteFallback, HidesBytes: true),
            Parts = parts with { Normalizer = new SentencePieceNormalizer(model.Map(file), model.RemoveExtraSpaces, model.AddPrefix, model.EscapeSpaces) },
        };
    }

    // What tokenizer.json has for the normalization; its replacements work by what a user sees as a character.
    private static TokenizerParts Parts(string file, Model model)
    {
        var steps = new List<string>();
        if (model.CharsMap.Length > 0) steps.Add($$$"""{"type":"Precompiled","precompiled_charsmap":"{{{Convert.ToBase64String(model.CharsMap)}}}"}""");
        if (model.RemoveExtraSpaces) steps.AddRange(["""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", """{"type":"Strip","strip_left":true,"strip_right":true}"""]);
        string mark = model.EscapeSpaces ? SentencePieceNormalizer.Escape : " ";
        if (model.AddPrefix) steps.Add($$$"""{"type":"Prepend","prepend":"{{{JsonEncodedText.Encode(mark, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}}"}""");
        if (model.EscapeSpaces) steps.Add("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""");
        List<string> decoders = ["""{"type":"Replace","pattern":{"String":"▁"},"content":" "}""", """{"type":"ByteFallback"}""", """{"type":"Fuse"}"""];
        if (model.AddPrefix) decoders.Add("""{"type":"Strip","content":" ","start":1,"stop":0}""");
        return TokenizerParts.Parse(file, $$$"""
            {"normalizer":{"type":"Sequence","normalizers":[{{{string.Join(',', steps)}}}]},"decoder":{"type":"Sequence","decoders":[{{{string.Join(',', decoders)}}}]}}
            """, model.Pieces.Count);
    }

    private static Model Parse(string file, byte[] bytes)
    {
        var model = new Model();
        var reader = new ProtobufReader(file, bytes);
        while (reader.Read())
        {
            if (!reader.HasBytes) continue;
            if (reader.Field == 1) model.Pieces.Add(ParsePiece(file, reader.Bytes, model.Pieces.Count));
            else if (reader.Field == 2) ParseTrainer(file, reader.Bytes, model);
            else if (reader.Field == 3) ParseNormalizer(file, reader.Bytes, model);
        }

        if (model.Pieces.Count is 0 or > MostPieces) throw new InvalidFileException(file, $"has {model.Pieces.Count} pieces; allowed: 1 to {MostPieces}.");
        return model;
    }

    private static SentencePiece ParsePiece(string file, ReadOnlySpan<byte> bytes, int id)
    {
        (string text, float score, int kind) = ("", 0, (int)PieceKind.Normal);
        var reader = new ProtobufReader(file, bytes);
        while (reader.Read())
        {
            if (reader.Field == 1) text = Encoding.UTF8.GetString(reader.Bytes);
            else if (reader.Field == 2) score = reader.Single;
            else if (reader.Field == 3) kind = (int)Math.Min(reader.Number, int.MaxValue);
        }

        if (text.Length == 0) throw new InvalidFileException(file, $"piece {id} has no text.");
        return float.IsFinite(score) ? new SentencePiece(PartLimits.CheckedToken(file, text, $"piece {id}"), score, (PieceKind)kind) : throw new InvalidFileException(file, $"piece {id} has the score {score}, which is not finite.");
    }

    private static void ParseTrainer(string file, ReadOnlySpan<byte> bytes, Model model)
    {
        var reader = new ProtobufReader(file, bytes);
        while (reader.Read())
        {
            if (reader.Field == 3) model.Kind = (int)Math.Min(reader.Number, int.MaxValue);
            else if (reader.Field == 24) model.SpaceSuffix = reader.Number != 0;
            else if (reader.Field == 35) model.ByteFallback = reader.Number != 0;
        }
    }

    private static void ParseNormalizer(string file, ReadOnlySpan<byte> bytes, Model model)
    {
        var reader = new ProtobufReader(file, bytes);
        while (reader.Read())
        {
            if (reader.Field == 2) model.CharsMap = reader.Bytes.ToArray();
            else if (reader.Field == 3) model.AddPrefix = reader.Number != 0;
            else if (reader.Field == 4) model.RemoveExtraSpaces = reader.Number != 0;
            else if (reader.Field == 5) model.EscapeSpaces = reader.Number != 0;
        }
    }

    /// <summary>What is used of the message, with the defaults of its definition.</summary>
    private sealed class Model
    {
        public List<SentencePiece> Pieces { get; } = [];

        public int Kind { get; set; } = Unigram;

        public bool ByteFallback { get; set; }

        public bool SpaceSuffix { get; set; }

        public byte[] CharsMap { get; set; } = [];

        public bool AddPrefix { get; set; } = true;

        public bool RemoveExtraSpaces { get; set; } = true;

        public bool EscapeSpaces { get; set; } = true;

        public CharsMap? Map(string file) => CharsMap.Length == 0 ? null : Normalizers.CharsMap.Read(CharsMap) ?? throw new InvalidFileException(file, $"its table of replacements is broken: {Normalizers.CharsMap.Rule}.");
    }
}
