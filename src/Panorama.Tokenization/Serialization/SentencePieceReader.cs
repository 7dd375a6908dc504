using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Normalizers;

namespace Panorama.Tokenization.Serialization;

/// <summary>Reads SentencePiece models (the message ModelProto): the kinds unigram and BPE.</summary>
internal static class SentencePieceReader
{
    private const int Unigram = 1, Bpe = 2;
    private const int MostPieces = 4 << 20;

    // The kinds of pieces.
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

    /// <summary>Whether bytes begin as such a model does: a first piece, with its text.</summary>
    public static bool IsModel(ReadOnlySpan<byte> bytes) => bytes.Length > 4 && bytes[0] == 0x0A && bytes[1] is >= 2 and < 0x80 && bytes[2] == 0x0A && bytes[3] < bytes[1];

    /// <summary>Reads a model.</summary>
    public static TokenizerDefinition Read(string file, byte[] bytes)
    {
        Model model = Parse(file, bytes);
        if (model.Kind is not (Unigram or Bpe)) throw new InvalidFileException(file, $"is a SentencePiece model of kind {model.Kind}, which is not supported; supported: 1 (unigram), 2 (BPE).");
        if (model.SpaceSuffix) throw new InvalidFileException(file, "treats white space as a suffix, which is not supported.");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            if (model.Pieces[id].Kind is not (Normal or Unknown or Control or UserDefined or Byte)) throw new InvalidFileException(file, $"piece {id} is of kind {model.Pieces[id].Kind}, which is not supported; supported: normal, unknown, control, user-defined, byte.");
            if (!ids.TryAdd(model.Pieces[id].Text, id)) throw new InvalidFileException(file, $"has the piece \"{JsonPart.Cut(model.Pieces[id].Text)}\" twice, as {ids[model.Pieces[id].Text]} and {id}.");
        }

        int unknown = model.Pieces.FindIndex(static piece => piece.Kind == Unknown);
        if (unknown < 0) throw new InvalidFileException(file, "has no piece for unknown text.");
        TokenizerParts parts = Parts(file, model);
        return new TokenizerDefinition
        {
            Tokens = [.. model.Pieces.Select(static piece => piece.Text)],
            InModel = [.. model.Pieces.Select(static _ => true)],
            AddedTokens = [.. Added(model)],
            Model = model.Kind == Bpe ? BpeModel(model, ids) : new UnigramDefinition([.. model.Pieces.Select(static piece => (double)piece.Score)], unknown, model.ByteFallback, HidesBytes: true),
            Parts = parts with { Normalizer = new SentencePieceNormalizer(model.Map(file), model.RemoveExtraSpaces, model.AddPrefix, model.EscapeSpaces) },
        };
    }

    private static IEnumerable<AddedToken> Added(Model model) =>
        model.Pieces.Select(static (piece, id) => (piece, id)).Where(static p => p.piece.Kind is Control or Unknown or UserDefined)
            .Select(static p => new AddedToken(p.id, p.piece.Text, Special: p.piece.Kind != UserDefined));

    // Neighbours merge when their text is a piece, the one of the highest score first: every way to split a piece is a rule of its rank.
    private static BpeDefinition BpeModel(Model model, Dictionary<string, int> ids)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        int[] order = [.. Enumerable.Range(0, model.Pieces.Count).Where(id => model.Pieces[id].Kind == Normal).OrderByDescending(id => model.Pieces[id].Score)];
        var merges = new List<Merge>(order.Length * 2);
        var ranks = new List<int>(order.Length * 2);
        for (int rank = 0; rank < order.Length; rank++)
        {
            ReadOnlySpan<char> text = model.Pieces[order[rank]].Text;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (char.IsLowSurrogate(text[cut]) || !lookup.TryGetValue(text[..cut], out int left) || !lookup.TryGetValue(text[cut..], out int right)) continue;
                if (model.Pieces[left].Kind != Normal || model.Pieces[right].Kind != Normal) continue;
                merges.Add(new Merge(left, right, order[rank]));
                ranks.Add(rank);
            }
        }

        return new BpeDefinition
        {
            Merges = merges, Ranks = [.. ranks], UnknownToken = model.Pieces.Find(static piece => piece.Kind == Unknown)!.Text, FuseUnknown = true, ByteFallback = model.ByteFallback,
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

    private static Piece ParsePiece(string file, ReadOnlySpan<byte> bytes, int id)
    {
        (string text, float score, int kind) = ("", 0, Normal);
        var reader = new ProtobufReader(file, bytes);
        while (reader.Read())
        {
            if (reader.Field == 1) text = Encoding.UTF8.GetString(reader.Bytes);
            else if (reader.Field == 2) score = reader.Single;
            else if (reader.Field == 3) kind = (int)Math.Min(reader.Number, int.MaxValue);
        }

        if (text.Length == 0) throw new InvalidFileException(file, $"piece {id} has no text.");
        return float.IsFinite(score) ? new Piece(PartLimits.CheckedToken(file, text, $"piece {id}"), score, kind) : throw new InvalidFileException(file, $"piece {id} has the score {score}, which is not finite.");
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

    private sealed record Piece(string Text, float Score, int Kind);

    /// <summary>What is used of the message, with the defaults of its definition.</summary>
    private sealed class Model
    {
        public List<Piece> Pieces { get; } = [];

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
