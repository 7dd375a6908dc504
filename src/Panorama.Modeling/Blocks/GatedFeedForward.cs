using Panorama.Core.Configuration;
using Panorama.Modeling.Parameters;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>SwiGLU: (SiLU(x·Wg) ⊙ x·Wu)·Wd (Shazeer 2020, arXiv:2002.05202, eq. 6).</summary>
public sealed class GatedFeedForward
{
    private readonly Linear _gateUp;
    private readonly Linear _down;

    /// <summary>Declares the weights.</summary>
    /// <param name="scope">Names of the weights.</param>
    /// <param name="hiddenSize">Width of the residual stream, D.</param>
    /// <param name="config">Width of the layer, F, and activation.</param>
    /// <param name="deviation">Standard deviation of the initial input projections.</param>
    /// <param name="outputDeviation">Standard deviation of the initial output projection.</param>
    public GatedFeedForward(WeightScope scope, long hiddenSize, FeedForwardConfig config, double deviation, double outputDeviation)
    {
        if (config is not { Activation: Activation.Silu, Gated: true, Bias: false })
        {
            throw new NotSupportedException($"the feed-forward layer {config} has no implementation; SwiGLU without biases has");
        }

        _gateUp = new Linear(scope.DeclareStacked(Initializer.Normal(deviation), hiddenSize, ("gate_proj.weight", config.IntermediateSize), ("up_proj.weight", config.IntermediateSize)));
        _down = new Linear(scope.Declare("down_proj.weight", WeightKind.Matrix, Initializer.Normal(outputDeviation), hiddenSize, config.IntermediateSize));
    }

    /// <summary>The matrices, in the order of their use.</summary>
    public IReadOnlyList<Linear> Linears => [_gateUp, _down];

    /// <summary>Applies the layer to every position.</summary>
    /// <param name="x_BTD">[batch, time, D].</param>
    /// <returns>[batch, time, D].</returns>
    public Tensor Forward(Tensor x_BTD) => _down.Forward(SwiGlu.Apply(_gateUp.Forward(x_BTD)));
}
