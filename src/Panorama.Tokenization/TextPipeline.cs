using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Normalizers;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization;

/// <summary>A definition made ready to run: the fast ways are chosen once, here. Immutable and shared by all threads.</summary>
internal sealed class TextPipeline
{
    private readonly AddedTokenMatcher?[] _matchers; // [special ? 2 : 0 + normalized ? 1 : 0]

    /// <summary>Prepares a definition.</summary>
    public TextPipeline(TokenizerDefinition definition)
    {
        int size = definition.Tokens.Length;
        var isAdded = new bool[size];
        IsSpecial = new bool[size];
        foreach (AddedToken token in definition.AddedTokens) (isAdded[token.Id], IsSpecial[token.Id]) = (true, token.Special);

        (List<PreTokenizer> steps, int bytesAt) = (definition.Parts.PreTokenizer.Steps, definition.Parts.PreTokenizer.BytesAt);
        IsByteLevel = bytesAt == steps.Count && BytesAreTokens(definition);
        Vocabulary = new Vocabulary(definition.Tokens, id => IsByteLevel && !isAdded[id]);
        if (bytesAt >= 0 && !IsByteLevel) steps = [.. steps[..bytesAt], new ByteAlphabetPreTokenizer(), .. steps[bytesAt..]];
        (Steps, Normalizer) = ([.. steps], definition.Parts.Normalizer);
        Scanner = steps is [ScannerPreTokenizer only] ? only.Pattern : null;

        int[] ids = [.. Enumerable.Range(0, size).Where(id => definition.InModel[id] && !IsSpecial[id])];
        Model = MakeModel(definition.Model, ids);
        _matchers = [Matcher(definition, special: false, normalized: false), Matcher(definition, special: false, normalized: true), Matcher(definition, special: true, normalized: false), Matcher(definition, special: true, normalized: true)];
        // Where a cut is safe for the scanner it is for the composed forms too: see TextCuts.
        CanBeCut = Scanner is not null && Normalizer is null or FormNormalizer
            && definition.AddedTokens.All(static token => !token.Content.Contains('\n', StringComparison.Ordinal) && token is { TakesLeft: false, TakesRight: false, SingleWord: false });
    }

    /// <summary>All tokens.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Whether a token is a control token: [Vocabulary.Count].</summary>
    public bool[] IsSpecial { get; }

    /// <summary>Whether words are bytes and each byte is a token: then any bytes come back.</summary>
    public bool IsByteLevel { get; }

    /// <summary>Changes text first, or null.</summary>
    public Normalizer? Normalizer { get; }

    /// <summary>Cuts text into words.</summary>
    public PreTokenizer[] Steps { get; }

    /// <summary>The pattern when it is all that cuts text: it runs without lists.</summary>
    public SplitPattern? Scanner { get; }

    /// <summary>Encodes words.</summary>
    public WordModel Model { get; }

    /// <summary>Whether long text may be encoded in parts.</summary>
    public bool CanBeCut { get; }

    /// <summary>Finds added tokens, or null when there are none.</summary>
    /// <param name="special">Whether control tokens are found too.</param>
    /// <param name="normalized">Whether those of normalized text are meant.</param>
    public AddedTokenMatcher? Matcher(bool special, bool normalized) => _matchers[(special ? 2 : 0) + (normalized ? 1 : 0)];

    private static bool BytesAreTokens(TokenizerDefinition definition)
    {
        if (definition.Model is not BpeDefinition { ContinuingPrefix: "", EndSuffix: "", ByteFallback: false }) return false;
        var model = new HashSet<string>(256, StringComparer.Ordinal);
        for (int id = 0; id < definition.Tokens.Length; id++)
            if (definition.InModel[id] && definition.Tokens[id] is { Length: 1 } token) model.Add(token);
        return ByteBpeModel.HasAllBytes(model.Contains);
    }

    private WordModel MakeModel(ModelDefinition model, int[] ids)
    {
        switch (model)
        {
            case BpeDefinition bpe:
                // A control token that plain text can make would let users forge turns of a chat: no rule makes one.
                var table = new MergeTable(bpe.Merges, bpe.Ranks, id => IsSpecial[id]);
                return IsByteLevel ? new ByteBpeModel(Vocabulary, table, bpe.IgnoreMerges ? new TokenIndex(Vocabulary, ids) : null) : new CharBpeModel(bpe, Vocabulary, table, ids);
            case WordPieceDefinition wordPiece: return new WordPieceModel(wordPiece, Vocabulary, ids);
            case UnigramDefinition unigram: return new UnigramModel(unigram, Vocabulary, ids);
            case WordLevelDefinition wordLevel: return new WordLevelModel(wordLevel, Vocabulary, ids);
            default: throw new InvalidOperationException($"no model for {model.GetType()}");
        }
    }

    private static AddedTokenMatcher? Matcher(TokenizerDefinition definition, bool special, bool normalized)
    {
        AddedToken[] tokens = [.. definition.AddedTokens.Where(token => (special || !token.Special) && token.Normalized == normalized)];
        if (tokens.Length == 0) return null;
        Normalizer? normalizer = normalized ? definition.Parts.Normalizer : null;
        return new AddedTokenMatcher(tokens, normalizer is null ? null : content => normalizer.Normalize(content, atStart: true));
    }
}
