using Panorama.Inference.KvCache;

namespace Panorama.Inference.Speculation;

/// <summary>What the draft model's cache holds of a sequence: tokens of its own, and behind them guesses.</summary>
/// <param name="table">Its blocks; their length counts the sequence's own tokens alone.</param>
/// <param name="mostGuesses">Most guesses.</param>
internal sealed class DraftPart(BlockTable table, int mostGuesses)
{
    private readonly int[] _guesses = new int[mostGuesses];
    private int _guessedFrom;
    private int _guessed;

    /// <summary>The blocks.</summary>
    public BlockTable Table { get; } = table;

    /// <summary>Tokens in the cache, guesses included.</summary>
    public int Computed { get; set; }

    /// <summary>Rows in the draft model's step.</summary>
    public int Rows { get; set; }

    /// <summary>Remembers a guess.</summary>
    public void Remember(int guess) => _guesses[_guessed++] = guess;

    /// <summary>
    /// Keeps of the cache what belongs to the sequence as it is now: what was not guessed and the guesses that came true.
    /// The last token is always left to compute. How the sequence got its tokens does not matter.
    /// </summary>
    public void Confirm(ReadOnlySpan<int> tokens)
    {
        int most = Math.Min(Computed, tokens.Length - 1);
        int right = Math.Min(_guessedFrom, most);
        while (right < most && tokens[right] == _guesses[right - _guessedFrom])
            right++;
        Computed = right;
        Table.Advance(tokens, right);
        if (Table.Match(tokens) > 0)
            Computed = Table.Length;
        (_guessedFrom, _guessed) = (tokens.Length, 0);
    }
}
