using Panorama.Modeling.Blocks;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// The product of a <see cref="Linear"/> whose matrix is frozen, with its adapter if it has one, as one node of the autograd graph:
/// no gradient of the matrix is computed, a quantized matrix is dequantized once in each direction, and dropout masks are made
/// again instead of being kept. N positions, I columns, O rows, R rank times parts.
/// </summary>
internal sealed class AdaptedProduct : autograd.SingleTensorFunction<AdaptedProduct>
{
    // libtorch takes its own reference to the gradients of a node after backward returns; ours go one call later.
    [ThreadStatic]
    private static List<Tensor>? _returned;

    /// <inheritdoc/>
    public override string Name => nameof(AdaptedProduct);

    /// <summary>Applies a linear layer.</summary>
    /// <param name="linear">The layer; it is adapted, or quantized, or both.</param>
    /// <param name="x_BTI">[..., columns].</param>
    public static Tensor Of(Linear linear, Tensor x_BTI)
    {
        // Frozen and quantized matrices are held in float32: products with them are computed so.
        if (x_BTI.dtype == ScalarType.BFloat16)
        {
            return Of(linear, x_BTI.to(ScalarType.Float32)).to(ScalarType.BFloat16);
        }

        long[] shape = [.. x_BTI.shape[..^1], linear.Weight.Shape[0]];
        Tensor x_NI = x_BTI.reshape(-1, linear.Weight.Shape[1]);
        var call = new Call(linear, linear.Adapter, linear.Adapter?.Dropout(), x_NI.requires_grad);
        if (!is_grad_enabled())
        {
            return Compute(call, x_NI, out _, out _).view(shape);
        }

        object[] inputs = [x_NI, call, .. linear.Adapter?.Weights.Select(w => w.Value) ?? []];
        return apply(inputs).view(shape);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x_NI, call) = ((Tensor)vars[0], (Call)vars[1]);
        Tensor y_NO = Compute(call, x_NI, out Tensor? low_NR, out Tensor? plain_NO);
        ctx.save_data(nameof(Call), call);
        ctx.save_for_backward([x_NI, .. low_NR is null ? Array.Empty<Tensor>() : [low_NR], .. plain_NO is null ? Array.Empty<Tensor>() : [plain_NO]]);
        return y_NO;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        Release();
        List<Tensor> results = [];
        using (NewDisposeScope())
        {
            var call = (Call)ctx.get_data(nameof(Call));
            List<Tensor> saved = ctx.get_saved_variables();
            Tensor g_NO = grad_output.reshape(-1, call.Linear.Weight.Shape[0]);
            Tensor matrix_OI = call.Linear.Matrix();
            List<Tensor?> gradients = call.Adapter is { } adapter
                ? Adapted(call, adapter, matrix_OI, saved, g_NO)
                : [call.NeedsInput ? g_NO.mm(matrix_OI) : null];
            foreach (Tensor? gradient in gradients)
            {
                results.Add(gradient?.DetachFromDisposeScope()!);
            }

            saved.ForEach(s => s.Dispose());
        }

        grad_output.Dispose();
        _returned = [.. results.Where(r => r is not null)];
        results.Insert(1, null!); // the call is no tensor
        return results;
    }

    /// <summary>Frees what the last backward pass of this thread has left.</summary>
    public static void Release()
    {
        _returned?.ForEach(r => r.Dispose());
        _returned = null;
    }

    private static Tensor Compute(Call call, Tensor x_NI, out Tensor? low_NR, out Tensor? plain_NO)
    {
        (low_NR, plain_NO) = (null, null);
        Tensor matrix_OI = call.Linear.Matrix();
        Tensor y_NO = nn.functional.linear(x_NI, matrix_OI);
        if (call.Adapter is not { } adapter)
        {
            return y_NO;
        }

        Tensor dropped_NI = call.Dropout?.Apply(x_NI) ?? x_NI;
        low_NR = dropped_NI.mm(adapter.Down.Value.t());
        for (int i = 0; i < adapter.Parts.Count; i++)
        {
            AdaptedPart part = adapter.Parts[i];
            Tensor low = low_NR.narrow(1, (long)i * adapter.Rank, adapter.Rank);
            y_NO.narrow(1, part.FirstRow, part.Rows).addmm_(low, part.Up.Value.t(), alpha: (float)adapter.Scale);
        }

        if (call.Dropout is not null)
        {
            dropped_NI.Dispose(); // the backward pass makes it again
        }

        if (!adapter.UseDora)
        {
            return y_NO;
        }

        plain_NO = y_NO;
        return y_NO * adapter.RowFactors(matrix_OI);
    }

    // Gradients of the input, A, and each part's B and m.
    private static List<Tensor?> Adapted(Call call, LinearAdapter adapter, Tensor matrix_OI, List<Tensor> saved, Tensor g_NO)
    {
        (Tensor x_NI, Tensor low_NR) = (saved[0], saved[1]);
        Tensor[]? magnitudes = null;
        if (adapter.UseDora)
        {
            // y = c·z with c = m/n and n constant: the gradient of m is Σ g·z / n.
            Tensor sums_O = (g_NO * saved[2]).sum(dim: 0);
            magnitudes = [.. adapter.Parts.Zip(adapter.RowNorms(matrix_OI), (part, norms) => sums_O.narrow(0, part.FirstRow, part.Rows) / norms)];
            g_NO = g_NO * adapter.RowFactors(matrix_OI);
        }

        Tensor dropped_NI = call.Dropout?.Apply(x_NI) ?? x_NI;
        Tensor back_NR = empty_like(low_NR);
        List<Tensor?> factors = [];
        for (int i = 0; i < adapter.Parts.Count; i++)
        {
            AdaptedPart part = adapter.Parts[i];
            Tensor g = g_NO.narrow(1, part.FirstRow, part.Rows);
            back_NR.narrow(1, (long)i * adapter.Rank, adapter.Rank).addmm_(g, part.Up.Value, 0, (float)adapter.Scale);
            factors.Add(g.t().mm(low_NR.narrow(1, (long)i * adapter.Rank, adapter.Rank)).mul_((float)adapter.Scale));
            if (magnitudes is not null)
            {
                factors.Add(magnitudes[i]);
            }
        }

        return [call.NeedsInput ? InputGradient() : null, back_NR.t().mm(dropped_NI), .. factors];

        Tensor InputGradient()
        {
            Tensor dx_NI = g_NO.mm(matrix_OI);
            return call.Dropout is { } dropout
                ? dx_NI.add_(dropout.Apply(back_NR.mm(adapter.Down.Value)))
                : dx_NI.addmm_(back_NR, adapter.Down.Value);
        }
    }

    /// <summary>What an application of the layer needs besides tensors.</summary>
    /// <param name="Linear">The layer.</param>
    /// <param name="Adapter">Its adapter at the time.</param>
    /// <param name="Dropout">The dropout of the pass.</param>
    /// <param name="NeedsInput">Whether the gradient of the input is wanted.</param>
    private sealed record Call(Linear Linear, LinearAdapter? Adapter, Dropout? Dropout, bool NeedsInput);
}
