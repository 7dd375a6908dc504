namespace Panorama.Tokenization.Training;

/// <summary>The distinct words as token sequences that shrink in place, with their frequencies.</summary>
internal sealed class WordStore
{
    private readonly int[] _symbols;
    private readonly int[] _starts;
    private readonly ushort[] _lengths; // at most WordCutter.LongestWord
    private readonly long[] _frequencies;

    /// <summary>Takes the words that are at least two symbols.</summary>
    /// <param name="counts">The words.</param>
    /// <param name="symbolize">Writes the first tokens of a word, at most one a byte, and returns how many; 0 to leave the word out.</param>
    public WordStore(WordCounts counts, Symbolize symbolize)
    {
        Span<int> buffer = stackalloc int[WordCutter.LongestWord];
        int words = 0, symbols = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            int length = symbolize(counts.Word(i), buffer);
            if (length < 2) continue;
            words++;
            symbols = checked(symbols + length);
        }

        (_symbols, _starts, _lengths, _frequencies) = (new int[symbols], new int[words], new ushort[words], new long[words]);
        (Count, symbols) = (0, 0);
        for (int i = 0; i < counts.Count; i++)
        {
            int length = symbolize(counts.Word(i), buffer);
            if (length < 2) continue;
            (_starts[Count], _lengths[Count], _frequencies[Count]) = (symbols, (ushort)length, counts.Frequency(i));
            buffer[..length].CopyTo(_symbols.AsSpan(symbols));
            symbols += length;
            Count++;
        }
    }

    /// <summary>Writes the first tokens of a word.</summary>
    public delegate int Symbolize(ReadOnlySpan<byte> word, Span<int> symbols);

    /// <summary>How many words there are.</summary>
    public int Count { get; }

    /// <summary>How often a word occurs in the texts.</summary>
    public long Frequency(int word) => _frequencies[word];

    /// <summary>A word's tokens.</summary>
    public Span<int> Symbols(int word) => _symbols.AsSpan(_starts[word], _lengths[word]);

    /// <summary>Keeps the first tokens of a word only.</summary>
    public void Shorten(int word, int length) => _lengths[word] = (ushort)length;
}
