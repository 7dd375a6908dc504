using System.Text;
using Panorama.Core.Errors;

namespace Panorama.Tokenization.Models;

/// <summary>WordPiece: from left to right the longest token that fits; a word with a part that none fits is unknown as a whole.</summary>
internal sealed class WordPieceModel : WordModel
{
    private readonly ByteTrie _first = new();
    private readonly ByteTrie _continuing = new();
    private readonly int _unknown;
    private readonly WordPieceDefinition _definition;

    /// <summary>Makes the model.</summary>
    public WordPieceModel(WordPieceDefinition definition, Vocabulary vocabulary, IReadOnlyList<int> ids)
    {
        _definition = definition;
        _unknown = vocabulary.Find(definition.UnknownToken) ?? -1;
        int prefix = Encoding.UTF8.GetByteCount(definition.ContinuingPrefix);
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = vocabulary.Bytes(id);
            if (token.IsEmpty) continue;
            _first.Add(token, id);
            if (token.Length > prefix && vocabulary.Text(id).StartsWith(definition.ContinuingPrefix, StringComparison.Ordinal)) _continuing.Add(token[prefix..], id);
        }
    }

    /// <inheritdoc/>
    protected override int Tokens(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        int count = 0;
        if (word.Length > _definition.LongestWord && Characters(word) > _definition.LongestWord) return Unknown(word, tokens);
        for (int at = 0; at < word.Length;)
        {
            int token = (at == 0 ? _first : _continuing).Longest(word[at..], out int length);
            if (token < 0) return Unknown(word, tokens);
            tokens[count++] = token;
            at += length;
        }

        return count;
    }

    private static int Characters(ReadOnlySpan<byte> word)
    {
        int count = 0;
        foreach (byte value in word) count += (value & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    private int Unknown(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        tokens[0] = _unknown >= 0 ? _unknown : throw UnknownWord.In(word, _definition.UnknownToken);
        return 1;
    }
}

/// <summary>A word that a vocabulary without an unknown token cannot write.</summary>
internal static class UnknownWord
{
    /// <summary>The error that names it.</summary>
    public static InputException In(ReadOnlySpan<byte> word, string unknownToken) =>
        new($"The tokenizer has no token for \"{Serialization.JsonPart.Cut(Encoding.UTF8.GetString(word))}\" and no unknown token \"{unknownToken}\". Use the tokenizer that fits this text.");
}
