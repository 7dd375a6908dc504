namespace Panorama.Tokenization.Models;

/// <summary>A word is a token or unknown.</summary>
internal sealed class WordLevelModel(WordLevelDefinition definition, Vocabulary vocabulary, IReadOnlyList<int> ids) : WordModel
{
    private readonly TokenIndex _words = new(vocabulary, ids);
    private readonly int _unknown = vocabulary.Find(definition.UnknownToken) ?? -1;

    /// <inheritdoc/>
    protected override int Tokens(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        int id = _words.Find(word);
        if (id < 0) id = _unknown >= 0 ? _unknown : throw UnknownWord.In(word, definition.UnknownToken);
        tokens[0] = id;
        return 1;
    }
}
