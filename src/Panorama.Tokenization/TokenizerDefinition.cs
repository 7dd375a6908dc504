using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.Serialization;

namespace Panorama.Tokenization;

/// <summary>The parts of a tokenizer, checked by whoever made them: what is read from, written to and trained for a file.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>All tokens in id order, added ones included, distinct; null where an id has no token.</summary>
    public required string?[] Tokens { get; init; }

    /// <summary>Whether a token is in the vocabulary of the model itself: [Tokens.Length]; the others are added only.</summary>
    public required bool[] InModel { get; init; }

    /// <summary>Tokens outside the model, by id.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>The model.</summary>
    public required ModelDefinition Model { get; init; }

    /// <summary>The steps around the model.</summary>
    public required TokenizerParts Parts { get; init; }
}
