using Panorama.Core.Errors;

namespace Panorama.Evaluation.Perplexity;

/// <summary>How a text longer than the context is scored, and what its first token is predicted from. Validated when made.</summary>
public sealed record PerplexityOptions
{
    /// <summary>
    /// Tokens newly scored by each window after the first; default half the context, at most the context.
    /// Every token has at least context − stride tokens to its left where the document has them.
    /// </summary>
    public int? Stride { get; init => field = Require.That(value is null or >= 1, value, "stride", "at least 1"); }

    /// <summary>
    /// The begin-of-text token, when the model has one: every document starts with it, so that its first token is
    /// predicted too. Otherwise the first token of a document is read but not counted.
    /// </summary>
    public int? BeginToken { get; init => field = Require.That(value is null or >= 0, value, "the begin-of-text token", "an id of the vocabulary"); }
}
