using Panorama.Core.Models;
using Panorama.Evaluation.Perplexity;
using Panorama.Modeling.Families;
using Panorama.Modeling.Generation;

namespace Panorama.Training;

/// <summary>Held-out documents that a run measures its model on: one after the other, in their order, as in training.</summary>
/// <param name="documents">The documents, tokenized, without a begin token.</param>
/// <param name="beginToken">Token that starts every document and so ends the one before.</param>
public sealed class HeldOutText(IReadOnlyList<TokenizedDocument> documents, int beginToken)
{
    /// <summary>Name of the figure that measuring gives.</summary>
    public const string BitsPerByte = "val_bpb";

    /// <summary>Bits per byte and nats per token of the documents.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    public IReadOnlyDictionary<string, double> Measure(DecoderModel model, CancellationToken cancellation)
    {
        using var scorer = new TorchNextTokenModel(model);
        return Measure(scorer, cancellation);
    }

    /// <inheritdoc cref="Measure(DecoderModel, CancellationToken)"/>
    public IReadOnlyDictionary<string, double> Measure(INextTokenModel model, CancellationToken cancellation)
    {
        PerplexityResult result = PerplexityEvaluator.Evaluate(model, [TokenizedDocument.Join(documents, beginToken)], new PerplexityOptions { BeginToken = beginToken }, cancellation: cancellation);
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [BitsPerByte] = result.BitsPerByte,
            ["validation_metrics/loss"] = result.NllPerToken,
        };
    }
}
