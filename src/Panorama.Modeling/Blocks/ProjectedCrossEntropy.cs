using Panorama.Modeling.Adapters;
using Panorama.Modeling.Functions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>Output projection with softmax and cross entropy, fused or composed. N rows, D width, V vocabulary.</summary>
public static class ProjectedCrossEntropy
{
    /// <summary>
    /// Sum of the targets' negative log-likelihoods, nats, times a factor. With gradients enabled the result must be the root
    /// of the backward pass: the fused form adds the projection's gradient while it computes the loss.
    /// </summary>
    /// <param name="hidden_ND">Inputs of the projection.</param>
    /// <param name="weight_VD">The projection.</param>
    /// <param name="targets">Right class of each row; a negative one leaves the row out.</param>
    /// <param name="scale">The factor.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Sum(Tensor hidden_ND, Tensor weight_VD, long[] targets, double scale) => Sum(hidden_ND, weight_VD, targets, scale, null);

    /// <summary>The same, with rows of the projection that an adapter has of its own.</summary>
    /// <param name="hidden_ND">Inputs of the projection.</param>
    /// <param name="weight_VD">The projection.</param>
    /// <param name="targets">Right class of each row; a negative one leaves the row out.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="rows">The rows, if any.</param>
    /// <returns>A scalar.</returns>
    internal static Tensor Sum(Tensor hidden_ND, Tensor weight_VD, long[] targets, double scale, OwnRows? rows)
    {
        if (FusedKernels.Serve(hidden_ND))
        {
            return ProjectedCrossEntropyFunction.Apply(hidden_ND, weight_VD, targets, scale, rows);
        }

        Tensor targets_N = tensor(targets).to(hidden_ND.device);
        Tensor counted_C = targets_N.ge(0).nonzero().squeeze(1);
        Tensor counted_CD = hidden_ND.index_select(0, counted_C);
        Tensor logits_CV = nn.functional.linear(counted_CD, weight_VD.to(hidden_ND.dtype));
        logits_CV = rows?.Rescore(logits_CV, counted_CD) ?? logits_CV;
        return nn.functional.cross_entropy(FusedKernels.Widened(logits_CV), targets_N.index_select(0, counted_C), reduction: nn.Reduction.Sum) * scale;
    }
}
