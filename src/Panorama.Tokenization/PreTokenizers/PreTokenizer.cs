using Panorama.Tokenization.Bytes;

namespace Panorama.Tokenization.PreTokenizers;

/// <summary>One step of cutting a text into words. Immutable and shared by all threads.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Cuts or rewrites every piece.</summary>
    public abstract void Apply(PieceList pieces);
}

/// <summary>What happens to the parts that a splitter finds.</summary>
internal enum SplitBehavior
{
    /// <summary>They go.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one piece.</summary>
    Contiguous,
}

/// <summary>Cuts pieces where something is found.</summary>
/// <param name="behavior">What happens to the parts found.</param>
/// <param name="invert">Whether the parts between are meant instead.</param>
internal abstract class Splitter(SplitBehavior behavior, bool invert) : PreTokenizer
{
    /// <inheritdoc/>
    public sealed override void Apply(PieceList pieces)
    {
        var found = new List<(int Start, int End)>();
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            found.Clear();
            Find(text[piece.Start..piece.End], found);
            Cut(pieces, piece, found);
        }

        pieces.EndCut();
    }

    /// <summary>Lists the parts found, in order, apart from each other.</summary>
    protected abstract void Find(ReadOnlySpan<byte> piece, List<(int Start, int End)> found);

    private void Cut(PieceList pieces, Piece piece, List<(int Start, int End)> found)
    {
        int length = piece.End - piece.Start;
        (int open, int end, bool previous) = (-1, 0, false); // open: the start of a piece not yet kept
        int at = 0;
        for (int i = 0; i <= found.Count; i++)
        {
            (int start, int stop) = i < found.Count ? found[i] : (length, length);
            if (start > at) Part(at, start, isMatch: invert);
            if (i < found.Count) Part(start, stop, isMatch: !invert);
            at = stop;
        }

        if (open >= 0) Keep(open, end);

        void Part(int start, int stop, bool isMatch)
        {
            bool joins = behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !previous,
                SplitBehavior.MergedWithNext => previous && !isMatch,
                SplitBehavior.Contiguous => isMatch == previous,
                _ => false,
            };
            if (open >= 0 && !joins)
            {
                Keep(open, end);
                open = -1;
            }

            previous = isMatch;
            if (behavior == SplitBehavior.Removed && isMatch) return;
            if (open < 0) open = start;
            end = stop;
        }

        void Keep(int start, int stop) => pieces.Keep(piece, piece.Start + start, piece.Start + stop);
    }
}

/// <summary>Cuts pieces into the words of a known pattern, of which every character is part of one.</summary>
internal sealed class ScannerPreTokenizer(SplitPattern pattern) : PreTokenizer
{
    /// <summary>The pattern.</summary>
    public SplitPattern Pattern => pattern;

    /// <inheritdoc/>
    public override void Apply(PieceList pieces)
    {
        pieces.Begin();
        switch (pattern)
        {
            case SplitPattern.Llama3: Cut<Llama3Scanner>(pieces); break;
            case SplitPattern.Qwen2: Cut<Qwen2Scanner>(pieces); break;
            case SplitPattern.Gpt4o: Cut<Gpt4oScanner>(pieces); break;
            case SplitPattern.DeepSeekV3: Cut<DeepSeekScanner>(pieces); break;
            default: Cut<Gpt2Scanner>(pieces); break;
        }

        pieces.EndCut();
    }

    private static void Cut<TScanner>(PieceList pieces)
        where TScanner : struct, IScanner
    {
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            ReadOnlySpan<byte> part = text[..piece.End];
            for (int start = piece.Start; start < piece.End;)
            {
                int end = TScanner.WordEnd(part, start);
                pieces.Keep(piece, start, end);
                start = end;
            }
        }
    }
}

/// <summary>Puts a space before a piece that does not begin with one.</summary>
internal sealed class PrefixSpacePreTokenizer : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PieceList pieces)
    {
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        foreach (Piece piece in pieces.Pieces)
        {
            if (text[piece.Start] != ' ') pieces.Write(" "u8);
            pieces.Write(text[piece.Start..piece.End]);
            pieces.EndPiece(piece);
        }

        pieces.EndRewrite();
    }
}

/// <summary>Writes every byte as its character of the GPT-2 alphabet, for models that are not byte-level themselves.</summary>
internal sealed class ByteAlphabetPreTokenizer : PreTokenizer
{
    /// <inheritdoc/>
    public override void Apply(PieceList pieces)
    {
        pieces.Begin();
        ReadOnlySpan<byte> text = pieces.Text;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Piece piece in pieces.Pieces)
        {
            foreach (byte value in text[piece.Start..piece.End])
            {
                int length = new System.Text.Rune(ByteAlphabet.ToChar(value)).EncodeToUtf8(utf8);
                pieces.Write(utf8[..length]);
            }

            pieces.EndPiece(piece);
        }

        pieces.EndRewrite();
    }
}
