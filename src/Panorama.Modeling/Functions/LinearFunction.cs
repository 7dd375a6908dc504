using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Panorama.Modeling.Functions;

/// <summary>x·Wᵀ whose backward pass adds the weight's gradient to the gradient buffer by the matrix product itself, without a tensor between.</summary>
internal sealed class LinearFunction : SingleTensorFunction<LinearFunction>
{
    private const string Weight = nameof(Weight);

    /// <inheritdoc/>
    public override string Name => nameof(LinearFunction);

    /// <summary>Applies the matrix.</summary>
    /// <param name="x">[..., I].</param>
    /// <param name="weight_OI">A leaf with a gradient buffer, or a frozen tensor.</param>
    /// <returns>[..., O].</returns>
    public static Tensor Apply(Tensor x, Tensor weight_OI) => apply(x, weight_OI);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        (var x, var weight_OI) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([x, weight_OI]);
        return nn.functional.linear(x, weight_OI);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => BackwardErrors.Guard(2, () => Gradients(ctx, grad_output));

    private static List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor x, Tensor weight_OI) = (saved[0], saved[1]);
        Tensor dy_RO = grad_output.reshape(-1, weight_OI.shape[0]);
        Tensor? dweight_OI = weight_OI.requires_grad ? Accumulate(weight_OI, dy_RO, x.reshape(-1, weight_OI.shape[1])) : null;
        Tensor? dx = x.requires_grad ? dy_RO.mm(weight_OI).view(x.shape) : null;
        return [dx!, dweight_OI!];
    }

    /// <summary>Adds dyᵀ·x to a weight's gradient buffer, or returns the product when it has none.</summary>
    /// <param name="weight_OI">The weight.</param>
    /// <param name="dy_RO">Gradient of the result, by rows.</param>
    /// <param name="x_RI">The input, by rows.</param>
    internal static Tensor? Accumulate(Tensor weight_OI, Tensor dy_RO, Tensor x_RI)
    {
        Tensor dy_OR = dy_RO.t();
        if (weight_OI.grad is not { } gradient_OI)
        {
            return dy_OR.mm(x_RI);
        }

        gradient_OI.addmm_(dy_OR, x_RI, 1, 1);
        return null;
    }
}
