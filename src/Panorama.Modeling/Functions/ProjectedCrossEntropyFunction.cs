using Panorama.Modeling.Adapters;
using Panorama.Modeling.Kernels;
using Panorama.Modeling.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Panorama.Modeling.Functions;

/// <summary>
/// Output projection and cross entropy in one: the logits exist for a few hundred rows at a time, never for all, and only
/// for rows with a target. The forward pass already computes the gradients, since the logits are at hand then.
/// R rows with a target, C rows of a chunk, D width, V vocabulary.
/// </summary>
internal sealed class ProjectedCrossEntropyFunction : SingleTensorFunction<ProjectedCrossEntropyFunction>
{
    // 32 MiB of logits. Each chunk goes through the whole weight and its gradient once more, so a large vocabulary gets more.
    private const long ChunkElements = 1 << 23, LeastRows = 256;

    /// <inheritdoc/>
    public override string Name => nameof(ProjectedCrossEntropyFunction);

    /// <summary>Rows whose logits exist at a time.</summary>
    /// <param name="vocabulary">V.</param>
    public static long RowsInChunk(long vocabulary) => Math.Max(LeastRows, ChunkElements / vocabulary);

    /// <summary>Sum of the targets' negative log-likelihoods, nats, times a factor.</summary>
    /// <param name="hidden_ND">Inputs of the projection.</param>
    /// <param name="weight_VD">The projection.</param>
    /// <param name="targets">Right class of each row; a negative one leaves the row out.</param>
    /// <param name="scale">The factor. It is part of the gradients that the forward pass adds to the weight's buffer, so the result must be the root of the backward pass.</param>
    /// <param name="rows">Rows of the projection that an adapter has of its own, if any.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Apply(Tensor hidden_ND, Tensor weight_VD, long[] targets, double scale, OwnRows? rows = null) => apply(hidden_ND, weight_VD, targets, scale, is_grad_enabled(), rows!);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        (var hidden_ND, var weight_VD) = ((Tensor)vars[0], (Tensor)vars[1]);
        (long[] targets, double scale, var own) = ((long[])vars[2], (double)vars[3], (OwnRows?)vars[5]);
        int[] rows = [.. Enumerable.Range(0, targets.Length).Where(i => targets[i] >= 0)];
        bool all = rows.Length == targets.Length;
        bool training = (bool)vars[4], needsInput = training && hidden_ND.requires_grad, needsWeight = training && weight_VD.requires_grad;
        using Tensor index_R = tensor(Array.ConvertAll(rows, i => (long)i));
        using Tensor chosen_RD = all ? hidden_ND.alias() : hidden_ND.index_select(0, index_R);
        Tensor? dchosen_RD = needsInput ? empty_like(chosen_RD) : null;
        Tensor? dweight_VD = needsWeight ? weight_VD.grad ?? zeros_like(weight_VD) : null;
        using Tensor weight_DV = weight_VD.t();

        int chunk = (int)Math.Min(RowsInChunk(weight_VD.shape[0]), Math.Max(1, rows.Length));
        double total = 0;
        for (int from = 0; from < rows.Length; from += chunk)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(chunk, rows.Length - from);
            Tensor part_CD = chosen_RD.narrow(0, from, count);
            Tensor logits_CV = part_CD.mm(weight_DV);
            Tensor? own_KD = own?.Weight.Value;
            if (own is not null)
            {
                logits_CV.index_copy_(1, own.Index, part_CD.mm(own_KD!.t()));
            }

            total += Losses(logits_CV, targets.AsMemory(), rows.AsMemory(from, count), (float)scale);
            Tensor? dscores_CK = own is null ? null : TakeOut(logits_CV, own.Index);
            dchosen_RD?.narrow(0, from, count).copy_(dscores_CK is null ? logits_CV.mm(weight_VD) : logits_CV.mm(weight_VD).addmm_(dscores_CK, own_KD!));
            if (training && own_KD?.grad is { } gradient_KD)
            {
                gradient_KD.addmm_(dscores_CK!.t(), part_CD, 1, 1);
            }

            dweight_VD?.addmm_(logits_CV.t(), part_CD, 1, 1);
        }

        Tensor? dhidden_ND = dchosen_RD is null || all ? dchosen_RD : zeros_like(hidden_ND).index_copy_(0, index_R, dchosen_RD);
        ctx.save_for_backward([dhidden_ND!, needsWeight && weight_VD.grad is null ? dweight_VD! : null!]);
        return tensor((float)(total * scale));
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => BackwardErrors.Guard(6, () =>
    {
        List<Tensor> saved = ctx.get_saved_variables();
        return [saved[0], saved[1], null!, null!, null!, null!];
    });

    // The columns of an adapter's own rows; the frozen ones get none of their gradient.
    private static Tensor TakeOut(Tensor dlogits_CV, Tensor index_K)
    {
        Tensor own_CK = dlogits_CV.index_select(1, index_K);
        dlogits_CV.index_fill_(1, index_K, 0);
        return own_CK;
    }

    private static unsafe double Losses(Tensor logits_CV, ReadOnlyMemory<long> targets, ReadOnlyMemory<int> rows, float scale)
    {
        int width = (int)logits_CV.shape[1];
        var logits = (float*)TensorMemory.Address(logits_CV);
        float[] losses = new float[rows.Length];
        FusedKernels.ForRows(rows.Length, width, (from, to, _) =>
        {
            for (int i = from; i < to; i++)
            {
                losses[i] = CrossEntropyKernel.LossAndGradient(new(logits + ((long)i * width), width), (int)targets.Span[rows.Span[i]], scale);
            }
        });
        double total = 0;
        foreach (float loss in losses)
        {
            total += loss;
        }

        return total;
    }
}
