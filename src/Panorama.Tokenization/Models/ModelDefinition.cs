namespace Panorama.Tokenization.Models;

/// <summary>The parameters of a model besides its vocabulary.</summary>
internal abstract record ModelDefinition;

/// <summary>Byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909).</summary>
internal sealed record BpeDefinition : ModelDefinition
{
    /// <summary>The merge rules; without <see cref="Ranks"/> the place is the rank.</summary>
    public required IReadOnlyList<Merge> Merges { get; init; }

    /// <summary>The rank of each rule where it is not its place: rules that make the same token share one. Null: its place.</summary>
    public int[]? Ranks { get; init; }

    /// <summary>The token for what is not in the vocabulary; null: it is left out.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Whether several unknown characters are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether unknown characters are written as their bytes, <c>&lt;0x0A&gt;</c>.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a token is taken as it is, before any merge.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>What stands before tokens that do not begin a word, or empty.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>What stands behind tokens that end a word, or empty.</summary>
    public string EndSuffix { get; init; } = "";
}

/// <summary>WordPiece: the longest token first (Wu et al. 2016, arXiv:1609.08144; Devlin et al. 2018).</summary>
/// <param name="UnknownToken">The token for words that cannot be composed.</param>
/// <param name="ContinuingPrefix">What stands before tokens that do not begin a word.</param>
/// <param name="LongestWord">Longer words, in characters, are unknown.</param>
internal sealed record WordPieceDefinition(string UnknownToken, string ContinuingPrefix = "##", int LongestWord = 100) : ModelDefinition;

/// <summary>Unigram language model (Kudo 2018, arXiv:1804.10959).</summary>
/// <param name="Scores">Log probability of each token: [vocabulary of the model].</param>
/// <param name="UnknownId">The token for unknown characters, or null.</param>
/// <param name="ByteFallback">Whether unknown characters are written as their bytes.</param>
/// <param name="HidesBytes">Whether text that looks like the token of a byte is plain text, as in SentencePiece; <c>tokenizer.json</c> reads the token.</param>
internal sealed record UnigramDefinition(double[] Scores, int? UnknownId, bool ByteFallback, bool HidesBytes = false) : ModelDefinition;

/// <summary>A word is a token or unknown.</summary>
/// <param name="UnknownToken">The token for other words.</param>
internal sealed record WordLevelDefinition(string UnknownToken) : ModelDefinition;
