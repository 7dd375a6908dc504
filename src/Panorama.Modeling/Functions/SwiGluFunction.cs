using Panorama.Modeling.Kernels;
using Panorama.Modeling.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Panorama.Modeling.Functions;

/// <summary>The gate of SwiGLU on gate and up projections that lie side by side: [..., 2·F] → [..., F].</summary>
internal sealed class SwiGluFunction : SingleTensorFunction<SwiGluFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(SwiGluFunction);

    /// <summary>Applies the gate.</summary>
    /// <param name="gateUp">[..., 2·F].</param>
    /// <returns>[..., F].</returns>
    public static Tensor Apply(Tensor gateUp) => apply(gateUp);

    /// <inheritdoc/>
    public override unsafe Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var gateUp = (Tensor)vars[0];
        long[] shape = gateUp.shape;
        int width = (int)(shape[^1] /= 2), rows = (int)(gateUp.numel() / (2 * width));
        Tensor hidden = empty(shape);
        ctx.save_for_backward([gateUp]);
        float* inputs = FusedKernels.Address(ref gateUp), outputs = (float*)TensorMemory.Address(hidden);
        FusedKernels.ForRows(rows, width, (from, to, _) =>
        {
            for (long row = from; row < to; row++)
            {
                float* gate = inputs + (row * 2 * width);
                SwiGluKernel.Forward(new(gate, width), new(gate + width, width), new(outputs + (row * width), width));
            }
        });
        GC.KeepAlive(gateUp);
        return hidden;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => BackwardErrors.Guard(1, () => Gradients(ctx, grad_output));

    private static unsafe List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        Tensor gateUp = ctx.get_saved_variables()[0];
        int width = (int)(gateUp.shape[^1] / 2), rows = (int)(gateUp.numel() / (2 * width));
        Tensor gradient = empty(gateUp.shape);
        float* dhidden = FusedKernels.Address(ref grad_output), inputs = FusedKernels.Address(ref gateUp), outputs = (float*)TensorMemory.Address(gradient);
        FusedKernels.ForRows(rows, width, (from, to, _) =>
        {
            for (long row = from; row < to; row++)
            {
                float* gate = inputs + (row * 2 * width), dgate = outputs + (row * 2 * width);
                SwiGluKernel.Backward(new(dhidden + (row * width), width), new(gate, width), new(gate + width, width), new(dgate, width), new(dgate + width, width));
            }
        });
        GC.KeepAlive(grad_output);
        GC.KeepAlive(gateUp);
        return [gradient];
    }
}
