using Panorama.Core.Errors;
using Panorama.Core.Models;

namespace Panorama.Evaluation.Perplexity;

/// <summary>Perplexity and bits per byte of a model over documents.</summary>
public static class PerplexityEvaluator
{
    /// <summary>Scores a stream of documents, each on its own.</summary>
    /// <param name="model">Not disposed here.</param>
    /// <param name="documents">Read once, one at a time.</param>
    /// <param name="options">Stride and begin-of-text token; <see langword="null"/>: the defaults.</param>
    /// <param name="progress">Told after every window and every document.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="InputException">There is nothing to score, a token does not fit the model, or the stride does not fit the context.</exception>
    /// <exception cref="JobException">The model gives a log probability that is no number.</exception>
    public static PerplexityResult Evaluate(
        INextTokenModel model,
        IEnumerable<TokenizedDocument> documents,
        PerplexityOptions? options = null,
        IProgress<PerplexityProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var scorer = new SlidingWindowScorer(model, options ?? new PerplexityOptions());
        foreach (TokenizedDocument document in documents)
        {
            ReadOnlySpan<int> rest = document.Tokens.Span;
            while (!rest.IsEmpty)
            {
                cancellation.ThrowIfCancellationRequested();
                int take = Math.Min(rest.Length, scorer.Stride);
                scorer.Add(rest[..take]);
                rest = rest[take..];
                progress?.Report(scorer.Progress);
            }

            cancellation.ThrowIfCancellationRequested();
            scorer.EndDocument(document.Utf8Bytes);
            progress?.Report(scorer.Progress);
        }

        return scorer.Result();
    }
}
