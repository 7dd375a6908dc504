using System.Globalization;
using Panorama.Core.Errors;
using Panorama.Tokenization;

namespace Panorama.Inference.Constraints;

/// <summary>
/// The tokens of a tokenizer, laid out for constraints: made once for a model, some 25 bytes a token. Immutable. Control tokens
/// are never allowed, but those that end a text where it may end.
/// </summary>
public sealed class ConstraintVocabulary
{
    /// <summary>Lays the tokens out.</summary>
    /// <param name="tokenizer">The model's tokenizer, byte-level or SentencePiece's.</param>
    /// <param name="endTokens">Ids that end a text.</param>
    /// <exception cref="InputException">The tokenizer's tokens have no text of their own, or an end token is not one of its ids.</exception>
    public ConstraintVocabulary(Tokenizer tokenizer, IEnumerable<int> endTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        EndTokens = [.. endTokens.Distinct()];
        foreach (int token in EndTokens)
        {
            Require.That(token >= 0 && token < tokenizer.VocabularySize, token, "an end token", string.Create(CultureInfo.InvariantCulture, $"an id of the tokenizer, 0 to {tokenizer.VocabularySize - 1}"));
        }

        Bytes = TokenByteTable.Of(tokenizer);
        Trie = new TokenTrie(Bytes, ByteGrammar.AliasReach, EndTokens);
    }

    /// <summary>Ids that end a text.</summary>
    internal int[] EndTokens { get; }

    /// <summary>The bytes of each token.</summary>
    internal TokenByteTable Bytes { get; }

    /// <summary>The tokens as a tree.</summary>
    internal TokenTrie Trie { get; }
}
