using Panorama.Core.Errors;
using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;

namespace Panorama.Tokenization.Serialization;

/// <summary>What a piece of a SentencePiece model is; the numbers are those of its files and of GGUF's token types.</summary>
internal enum PieceKind
{
    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>Stands for what is not in the vocabulary.</summary>
    Unknown = 2,

    /// <summary>A control token.</summary>
    Control = 3,

    /// <summary>A text that is always one token.</summary>
    UserDefined = 4,

    /// <summary>An id that is not used.</summary>
    Unused = 5,

    /// <summary>A byte, written <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>A piece.</summary>
/// <param name="Text">Its text, with <c>▁</c> for spaces.</param>
/// <param name="Score">The higher, the earlier it is merged.</param>
/// <param name="Kind">What it is.</param>
internal sealed record SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>The pieces of a SentencePiece model of the kind BPE or unigram, whatever file holds them.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Pieces">The pieces by id.</param>
internal sealed record SentencePieceModel(string File, IReadOnlyList<SentencePiece> Pieces)
{
    /// <summary>The ids by text.</summary>
    /// <exception cref="InvalidFileException">A text appears twice, or a piece is of a kind that is not known.</exception>
    public Dictionary<string, int> Ids()
    {
        var ids = new Dictionary<string, int>(Pieces.Count, StringComparer.Ordinal);
        for (int id = 0; id < Pieces.Count; id++)
        {
            if (!Enum.IsDefined(Pieces[id].Kind)) throw new InvalidFileException(File, $"piece {id} is of kind {(int)Pieces[id].Kind}, which is not supported; supported: normal (1), unknown (2), control (3), user-defined (4), unused (5), byte (6).");
            if (Pieces[id].Kind != PieceKind.Unused && !ids.TryAdd(Pieces[id].Text, id)) throw new InvalidFileException(File, $"has the piece \"{JsonPart.Cut(Pieces[id].Text)}\" twice, as {ids[Pieces[id].Text]} and {id}.");
        }

        return ids;
    }

    /// <summary>The piece for unknown text.</summary>
    /// <exception cref="InvalidFileException">There is none.</exception>
    public int Unknown()
    {
        for (int id = 0; id < Pieces.Count; id++)
            if (Pieces[id].Kind == PieceKind.Unknown) return id;
        throw new InvalidFileException(File, "has no piece for unknown text.");
    }

    /// <summary>The tokens: null where an id is not used.</summary>
    public string?[] Tokens() => [.. Pieces.Select(static piece => piece.Kind == PieceKind.Unused ? null : piece.Text)];

    /// <summary>The tokens that text does not make.</summary>
    public IEnumerable<AddedToken> Added() =>
        Pieces.Select(static (piece, id) => (piece, id)).Where(static p => p.piece.Kind is PieceKind.Control or PieceKind.Unknown or PieceKind.UserDefined)
            .Select(static p => new AddedToken(p.id, p.piece.Text, Special: p.piece.Kind != PieceKind.UserDefined));

    /// <summary>Neighbours merge when their text is a piece, the one of the highest score first: every way to split a piece is a rule of its rank.</summary>
    /// <param name="ids">The ids by text.</param>
    /// <param name="byteFallback">Whether unknown characters are written as their bytes.</param>
    public BpeDefinition Bpe(Dictionary<string, int> ids, bool byteFallback)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        int[] order = [.. Enumerable.Range(0, Pieces.Count).Where(id => Pieces[id].Kind == PieceKind.Normal).OrderByDescending(id => Pieces[id].Score)];
        var merges = new List<Merge>(order.Length * 2);
        var ranks = new List<int>(order.Length * 2);
        for (int rank = 0; rank < order.Length; rank++)
        {
            ReadOnlySpan<char> text = Pieces[order[rank]].Text;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (char.IsLowSurrogate(text[cut]) || !lookup.TryGetValue(text[..cut], out int left) || !lookup.TryGetValue(text[cut..], out int right)) continue;
                if (Pieces[left].Kind != PieceKind.Normal || Pieces[right].Kind != PieceKind.Normal) continue;
                merges.Add(new Merge(left, right, order[rank]));
                ranks.Add(rank);
            }
        }

        return new BpeDefinition { Merges = merges, Ranks = [.. ranks], UnknownToken = Pieces[Unknown()].Text, FuseUnknown = true, ByteFallback = byteFallback };
    }
}
