namespace Panorama.Tokenization.Training;

/// <summary>The distinct words as token sequences that shrink in place, with their frequencies.</summary>
internal sealed class WordStore
{
    private readonly int[] _symbols;
    private readonly int[] _starts;
    private readonly ushort[] _lengths; // at most WordCounter.LongestWord
    private readonly long[] _frequencies;

    /// <summary>Takes the words of at least two bytes; each byte starts as one token.</summary>
    /// <param name="counts">The words.</param>
    /// <param name="tokenOfByte">Token id of each byte: [256].</param>
    public WordStore(WordCounts counts, ReadOnlySpan<int> tokenOfByte)
    {
        int words = 0, symbols = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            if (counts.Word(i).Length < 2) continue;
            words++;
            symbols = checked(symbols + counts.Word(i).Length);
        }

        (_symbols, _starts, _lengths, _frequencies) = (new int[symbols], new int[words], new ushort[words], new long[words]);
        (Count, symbols) = (0, 0);
        for (int i = 0; i < counts.Count; i++)
        {
            ReadOnlySpan<byte> word = counts.Word(i);
            if (word.Length < 2) continue;
            (_starts[Count], _lengths[Count], _frequencies[Count]) = (symbols, (ushort)word.Length, counts.Frequency(i));
            foreach (byte value in word) _symbols[symbols++] = tokenOfByte[value];
            Count++;
        }
    }

    /// <summary>How many words there are.</summary>
    public int Count { get; }

    /// <summary>How often a word occurs in the texts.</summary>
    public long Frequency(int word) => _frequencies[word];

    /// <summary>A word's tokens.</summary>
    public Span<int> Symbols(int word) => _symbols.AsSpan(_starts[word], _lengths[word]);

    /// <summary>Keeps the first tokens of a word only.</summary>
    public void Shorten(int word, int length) => _lengths[word] = (ushort)length;
}
