using Panorama.Modeling.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Panorama.Modeling.Functions;

/// <summary>Rows of a table by token; the backward pass adds to the rows of the gradient buffer that occurred and touches no other.</summary>
internal sealed class EmbeddingFunction : SingleTensorFunction<EmbeddingFunction>
{
    // A thread takes all tokens for some columns, so that no two add to the same element, and always in the order of the tokens.
    private const int Columns = 64;

    /// <inheritdoc/>
    public override string Name => nameof(EmbeddingFunction);

    /// <summary>Looks tokens up.</summary>
    /// <param name="table_VD">The table.</param>
    /// <param name="tokens">Ids, int64: any shape.</param>
    /// <returns>[shape of the tokens, D].</returns>
    public static Tensor Apply(Tensor table_VD, Tensor tokens) => apply(table_VD, tokens);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        (var table_VD, var tokens) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([table_VD, tokens]);
        return table_VD.index_select(0, tokens.flatten()).view([.. tokens.shape, table_VD.shape[1]]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => BackwardErrors.Guard(2, () => Gradients(ctx, grad_output));

    private static unsafe List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor table_VD, Tensor tokens) = (saved[0], saved[1].contiguous());
        bool owned = table_VD.grad is null;
        Tensor gradient_VD = table_VD.grad ?? zeros_like(table_VD);
        float* source = FusedKernels.Address(ref grad_output), target = (float*)TensorMemory.Address(gradient_VD);
        long* ids = (long*)TensorMemory.Address(tokens);
        long count = tokens.numel(), width = table_VD.shape[1];
        TorchThreads.For((int)((width + Columns - 1) / Columns), piece =>
        {
            long from = (long)piece * Columns;
            int length = (int)Math.Min(Columns, width - from);
            for (long i = 0; i < count; i++)
            {
                Span<float> row = new(target + (ids[i] * width) + from, length);
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(source + (i * width) + from, length), row);
            }
        });
        GC.KeepAlive(grad_output);
        GC.KeepAlive(tokens);
        return [owned ? gradient_VD : null!, null!];
    }
}
