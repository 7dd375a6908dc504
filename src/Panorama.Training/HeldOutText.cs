using Panorama.Evaluation.Perplexity;
using Panorama.Modeling.Families;
using Panorama.Modeling.Generation;

namespace Panorama.Training;

/// <summary>Held-out documents that a run measures its model on: one after the other, in their order, as in training.</summary>
/// <param name="documents">The documents, tokenized, without a begin token.</param>
/// <param name="beginToken">Token that starts every document and so ends the one before.</param>
public sealed class HeldOutText(IReadOnlyList<TokenizedDocument> documents, int beginToken)
{
    /// <summary>Name of the figure that <see cref="Measure"/> gives.</summary>
    public const string BitsPerByte = "val_bpb";

    /// <summary>Bits per byte and nats per token of the documents.</summary>
    /// <param name="model">The model.</param>
    /// <param name="limit">About how many documents to use, spread evenly; 0: all.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    public IReadOnlyDictionary<string, double> Measure(DecoderModel model, int limit, CancellationToken cancellation)
    {
        using var scorer = new TorchNextTokenModel(model);
        int stride = limit > 0 ? Math.Max(1, (documents.Count + limit - 1) / limit) : 1;
        PerplexityResult result = PerplexityEvaluator.Evaluate(scorer, [TokenizedDocument.Join(documents.Where((_, i) => i % stride == 0), beginToken)], new PerplexityOptions { BeginToken = beginToken }, cancellation: cancellation);
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [BitsPerByte] = result.BitsPerByte,
            ["validation_metrics/loss"] = result.NllPerToken,
        };
    }
}
