using Panorama.Tokenization.AddedTokens;
using Panorama.Tokenization.Models;
using Panorama.Tokenization.PostProcessors;
using Panorama.Tokenization.PreTokenizers;

namespace Panorama.Tokenization;

/// <summary>The parts of a tokenizer, checked by whoever made them: what is read from, written to and trained for a file.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>All tokens in id order, added ones included, distinct.</summary>
    public required string[] Tokens { get; init; }

    /// <summary>Whether a token is in the vocabulary of the model itself: [Tokens.Length]; the others are added only.</summary>
    public required bool[] InModel { get; init; }

    /// <summary>The merge rules by rank.</summary>
    public required IReadOnlyList<Merge> Merges { get; init; }

    /// <summary>Tokens outside the merges, by id.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>How text is cut into words.</summary>
    public required SplitPattern Pattern { get; init; }

    /// <summary>Whether a word that is a token is taken as it is, before any merge.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>What is put around a sequence on demand.</summary>
    public SequenceTemplate Template { get; init; } = SequenceTemplate.None;
}
