using Panorama.Modeling.Blocks;
using Panorama.Modeling.Functions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Adapters;

/// <summary>
/// The product of a <see cref="Linear"/> whose matrix is frozen, with its adapter if it has one, as one node of the autograd graph:
/// no gradient of the matrix is computed, a quantized matrix is dequantized once in each direction, and dropout masks are made
/// again instead of being kept. In training with many positions and no dropout the factors are added to a copy of the matrix in each direction: that costs
/// less than passing over all results once more. N positions, I columns, O rows, R rank times parts.
/// </summary>
internal sealed class AdaptedProduct : autograd.SingleTensorFunction<AdaptedProduct>
{
    private const long Positions = 512;

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
        Dropout? dropout = linear.Adapter?.Dropout();
        var call = new Call(linear, linear.Adapter, dropout, x_NI.requires_grad, linear.Adapter is { Trains: true } && dropout is null && Folds(x_NI.shape[0], linear.Weight.Shape));
        if (!is_grad_enabled())
        {
            return Compute(call, x_NI, []).view(shape);
        }

        object[] inputs = [x_NI, call, .. linear.Adapter?.Weights.Select(w => w.Value) ?? []];
        return apply(inputs).view(shape);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x_NI, call) = ((Tensor)vars[0], (Call)vars[1]);
        List<Tensor> saved = [x_NI];
        Tensor y_NO = Compute(call, x_NI, saved);
        ctx.save_data(nameof(Call), call);
        ctx.save_for_backward(saved);
        return y_NO;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(nameof(Call));
        return BackwardErrors.Guard(2 + (call.Adapter?.Weights.Count() ?? 0), () => Gradients(ctx, call, grad_output));
    }

    private static List<Tensor> Gradients(autograd.AutogradContext ctx, Call call, Tensor grad_output)
    {
        Release();
        List<Tensor> results = [];
        using (NewDisposeScope())
        {
            List<Tensor> saved = ctx.get_saved_variables();
            Tensor g_NO = grad_output.reshape(-1, call.Linear.Weight.Shape[0]);
            Tensor matrix_OI = call.Linear.Matrix();
            List<Tensor?> gradients = call.Adapter is { } adapter
                ? call.Folded ? FoldedGradients(call, adapter, matrix_OI, saved, g_NO) : Adapted(call, adapter, matrix_OI, saved, g_NO)
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

    /// <summary>
    /// Whether the matrix with its adapter is made for a product: each direction goes over the matrix four times for it, and is spared two passes over its
    /// results, the outputs forward and the inputs' gradients backward.
    /// </summary>
    /// <param name="positions">N.</param>
    /// <param name="shape">O, I.</param>
    internal static bool Folds(long positions, IReadOnlyList<long> shape) => positions * (shape[0] + shape[1]) > 4 * shape[0] * shape[1];

    /// <summary>Frees what the last backward pass of this thread has left.</summary>
    public static void Release()
    {
        _returned?.ForEach(r => r.Dispose());
        _returned = null;
    }

    // Adds to what is saved. Folded: in DoRA the result and the scales of rows. Otherwise: x·Aᵀ of all parts; in DoRA also the result before it is scaled, and the scales.
    private static Tensor Compute(Call call, Tensor x_NI, List<Tensor> saved)
    {
        Tensor matrix_OI = call.Linear.Matrix();
        if (call.Folded)
        {
            return Folded(call.Adapter!, matrix_OI, x_NI, saved);
        }

        Tensor y_NO = nn.functional.linear(x_NI, matrix_OI);
        if (call.Adapter is not { } adapter)
        {
            return y_NO;
        }

        Tensor dropped_NI = call.Dropout?.Apply(x_NI) ?? x_NI;
        Tensor low_NR = dropped_NI.mm(adapter.Down.Value.t());
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

        saved.Add(low_NR);
        if (!adapter.UseDora)
        {
            return y_NO;
        }

        Tensor factors_2O = adapter.RowFactors(matrix_OI);
        saved.AddRange([y_NO, factors_2O]);
        return y_NO * factors_2O[0];
    }

    private static Tensor Folded(LinearAdapter adapter, Tensor matrix_OI, Tensor x_NI, List<Tensor> saved)
    {
        Tensor? factors_2O = adapter.UseDora ? adapter.RowFactors(matrix_OI) : null;
        Tensor y_NO = nn.functional.linear(x_NI, adapter.Folded(matrix_OI, factors_2O));
        if (factors_2O is not null)
        {
            saved.AddRange([y_NO, factors_2O]);
        }

        return y_NO;
    }

    // The same for a folded product. With DoRA's c the rows of B and its gradient are scaled in place of the gradient of the results, and z is y / c.
    private static List<Tensor?> FoldedGradients(Call call, LinearAdapter adapter, Tensor matrix_OI, List<Tensor> saved, Tensor g_NO)
    {
        Tensor x_NI = saved[0], down_RI = adapter.Down.Value, ddown_RI = zeros_like(down_RI);
        Tensor? factors_2O = adapter.UseDora ? saved[2] : null, factors_O = factors_2O?[0];
        Tensor? magnitudes_O = factors_O is null ? null : (g_NO * saved[1]).sum(dim: 0) / ((factors_O + (factors_O.eq(0).to(factors_O.dtype) * 1e-30)) * factors_2O![1]);
        Tensor[] ups_RO = [.. adapter.Parts.Select(p => factors_O is null ? p.Up.Value.t() : p.Up.Value.t() * factors_O.narrow(0, p.FirstRow, p.Rows))];
        Tensor[] dups_RO = [.. adapter.Parts.Select(p => zeros(adapter.Rank, p.Rows, g_NO.dtype, g_NO.device))];

        // Ranks by positions, and few positions at a time, which stay in the cache from one product to the next.
        for (long at = 0; at < x_NI.shape[0]; at += Positions)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(Positions, x_NI.shape[0] - at);
            Tensor x_CI = x_NI.narrow(0, at, count), low_RC = down_RI.mm(x_CI.t()), back_RC = empty_like(low_RC);
            foreach ((AdaptedPart part, int i) in adapter.Parts.Select((p, i) => (p, i)))
            {
                Tensor g_CO = g_NO.narrow(0, at, count).narrow(1, part.FirstRow, part.Rows);
                back_RC.narrow(0, (long)i * adapter.Rank, adapter.Rank).addmm_(ups_RO[i], g_CO.t(), 0, (float)adapter.Scale);
                dups_RO[i].addmm_(low_RC.narrow(0, (long)i * adapter.Rank, adapter.Rank), g_CO, 1, (float)adapter.Scale);
            }

            ddown_RI.addmm_(back_RC, x_CI, 1, 1);
        }

        List<Tensor?> gradients = [call.NeedsInput ? g_NO.mm(adapter.Folded(matrix_OI, factors_2O)) : null, ddown_RI];
        foreach ((AdaptedPart part, Tensor dup_RO) in adapter.Parts.Zip(dups_RO))
        {
            gradients.Add((factors_O is null ? dup_RO : dup_RO.mul_(factors_O.narrow(0, part.FirstRow, part.Rows))).t());
            if (magnitudes_O is not null)
            {
                gradients.Add(magnitudes_O.narrow(0, part.FirstRow, part.Rows));
            }
        }

        return gradients;
    }

    // Gradients of the input, A, and each part's B and m.
    private static List<Tensor?> Adapted(Call call, LinearAdapter adapter, Tensor matrix_OI, List<Tensor> saved, Tensor g_NO)
    {
        (Tensor x_NI, Tensor low_NR) = (saved[0], saved[1]);
        Tensor? magnitudes_O = null;
        if (adapter.UseDora)
        {
            // y = c·z with c = m/n and n constant: the gradient of m is Σ g·z / n.
            magnitudes_O = (g_NO * saved[2]).sum(dim: 0) / saved[3][1];
            g_NO = g_NO * saved[3][0];
        }

        Tensor dropped_NI = call.Dropout?.Apply(x_NI) ?? x_NI;
        Tensor back_NR = g_NO.mm(adapter.UpTransposed().t());
        List<Tensor?> factors = [];
        for (int i = 0; i < adapter.Parts.Count; i++)
        {
            AdaptedPart part = adapter.Parts[i];
            // As (lowᵀ·g)ᵀ: a tall, narrow result is up to ten times slower.
            Tensor low = low_NR.narrow(1, (long)i * adapter.Rank, adapter.Rank);
            factors.Add(low.t().mm(g_NO.narrow(1, part.FirstRow, part.Rows)).mul_((float)adapter.Scale).t());
            if (magnitudes_O is not null)
            {
                factors.Add(magnitudes_O.narrow(0, part.FirstRow, part.Rows));
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
    /// <param name="Folded">Whether the matrix with its adapter is made for the product.</param>
    private sealed record Call(Linear Linear, LinearAdapter? Adapter, Dropout? Dropout, bool NeedsInput, bool Folded);
}
