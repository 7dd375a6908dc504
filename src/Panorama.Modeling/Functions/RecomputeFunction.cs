using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Panorama.Modeling.Functions;

/// <summary>
/// Runs a part of a model without keeping what is inside it; the backward pass runs it once more (Chen et al. 2016,
/// arXiv:1604.06174). Memory for activations falls to the inputs of each part, for about a third more time.
/// </summary>
internal sealed class RecomputeFunction : MultiTensorFunction<RecomputeFunction>
{
    private const string Key = nameof(Part);

    /// <summary>A part with one or two inputs and two results.</summary>
    /// <param name="x">First input.</param>
    /// <param name="delta">Second input, if there is one.</param>
    internal delegate (Tensor X, Tensor Delta) Part(Tensor x, Tensor? delta);

    /// <inheritdoc/>
    public override string Name => nameof(RecomputeFunction);

    /// <summary>Runs a part.</summary>
    /// <param name="part">The part; a second call with the same input must give the same result.</param>
    /// <param name="x">First input.</param>
    /// <param name="delta">Second input, if there is one.</param>
    public static (Tensor X, Tensor Delta) Apply(Part part, Tensor x, Tensor? delta)
    {
        // Weights are no inputs of the function: an input that needs no gradient would cut them off.
        Tensor input = x.requires_grad ? x : x.detach().requires_grad_();
        List<Tensor> results = apply(input, delta!, part);
        return (results[0], results[1]);
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(AutogradContext ctx, params object[] vars)
    {
        (var x, var delta, var part) = ((Tensor)vars[0], (Tensor?)vars[1], (Part)vars[2]);
        ctx.save_data(Key, part);
        ctx.save_for_backward([x, delta!]);
        using var scope = NewDisposeScope();
        (Tensor y, Tensor dy) = part(x, delta);
        return [y.MoveToOuterDisposeScope(), dy.MoveToOuterDisposeScope()];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs) => BackwardErrors.Guard(3, () =>
    {
        List<Tensor> saved = ctx.get_saved_variables();
        var part = (Part)ctx.get_data(Key);
        using IDisposable gradients = enable_grad();
        using var scope = NewDisposeScope();
        Tensor x = saved[0].detach().requires_grad_();
        Tensor? delta = saved[1]?.detach().requires_grad_();
        (Tensor y, Tensor dy) = part(x, delta);
        autograd.backward([y, dy], grad_outputs);
        if (BackwardErrors.Pending)
        {
            return [null!, null!, null!];
        }

        return [x.grad!.MoveToOuterDisposeScope(), delta?.grad!.MoveToOuterDisposeScope()!, null!];
    });
}
