using Panorama.Modeling.Kernels;
using Panorama.Modeling.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Panorama.Modeling.Functions;

/// <summary>
/// Residual addition and root mean square normalization in one pass: (x, h, g) → (x + h, norm(x + h)·g), or, without h,
/// (x, g) → (x, norm(x)·g). R rows, D width.
/// </summary>
internal sealed class RmsNormFunction : MultiTensorFunction<RmsNormFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(RmsNormFunction);

    /// <summary>Normalizes.</summary>
    /// <param name="x">[..., D].</param>
    /// <param name="gain">[D].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static Tensor Apply(Tensor x, Tensor gain, double epsilon) => apply(x, null!, gain, (float)epsilon)[0];

    /// <summary>Adds, then normalizes.</summary>
    /// <param name="x">[..., D].</param>
    /// <param name="added">The same shape.</param>
    /// <param name="gain">[D].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static (Tensor Sum, Tensor Normed) Apply(Tensor x, Tensor added, Tensor gain, double epsilon)
    {
        List<Tensor> results = apply(x, added, gain, (float)epsilon);
        return (results[1], results[0]);
    }

    /// <inheritdoc/>
    public override unsafe List<Tensor> forward(AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        var added = (Tensor?)vars[1];
        var gain = (Tensor)vars[2];
        float epsilon = (float)vars[3];
        int width = (int)gain.numel(), rows = (int)(x.numel() / width);
        Tensor y = empty(x.shape), scales = empty(rows);
        Tensor sum = added is null ? x : empty(x.shape);
        float* xs = FusedKernels.Address(ref x), gains = (float*)TensorMemory.Address(gain), ys = (float*)TensorMemory.Address(y), r = (float*)TensorMemory.Address(scales);
        float* adds = added is null ? null : FusedKernels.Address(ref added), sums = added is null ? xs : (float*)TensorMemory.Address(sum);
        FusedKernels.ForRows(rows, width, (from, to, _) =>
        {
            for (long row = from; row < to; row++)
            {
                long at = row * width;
                r[row] = RmsNormKernel.Forward(new(xs + at, width), new(adds + at, adds is null ? 0 : width), new(gains, width), new(sums + at, width), new(ys + at, width), epsilon);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(added);
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([added is null ? x : sum, gain, scales]);
        return added is null ? [y] : [y, sum];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs) => BackwardErrors.Guard(4, () => Gradients(ctx, grad_outputs));

    private static unsafe List<Tensor> Gradients(AutogradContext ctx, List<Tensor> grad_outputs)
    {
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor x, Tensor gain, Tensor scales) = (saved[0], saved[1], saved[2]);
        bool residual = grad_outputs.Count > 1;
        Tensor dy = grad_outputs[0];
        Tensor? other = residual && !grad_outputs[1].IsInvalid ? grad_outputs[1] : null;
        int width = (int)gain.numel(), rows = (int)(x.numel() / width);
        Tensor dx = empty(x.shape);
        int pieces = (rows + FusedKernels.RowsInPiece(width) - 1) / FusedKernels.RowsInPiece(width);
        Tensor parts = zeros(pieces, width);
        float* dys = FusedKernels.Address(ref dy), xs = FusedKernels.Address(ref x), gains = (float*)TensorMemory.Address(gain), r = (float*)TensorMemory.Address(scales);
        float* others = other is null ? null : FusedKernels.Address(ref other), dxs = (float*)TensorMemory.Address(dx), dgains = (float*)TensorMemory.Address(parts);
        FusedKernels.ForRows(rows, width, (from, to, piece) =>
        {
            for (long row = from; row < to; row++)
            {
                long at = row * width;
                RmsNormKernel.Backward(new(dys + at, width), new(xs + at, width), new(gains, width), r[row], new(others + at, others is null ? 0 : width), new(dxs + at, width), new(dgains + ((long)piece * width), width));
            }
        });
        GC.KeepAlive(dy);
        GC.KeepAlive(x);
        GC.KeepAlive(other);
        return [dx, residual ? dx : null!, parts.sum([0L]), null!];
    }
}
