using Panorama.Modeling.Functions;
using static TorchSharp.torch;

namespace Panorama.Modeling.Blocks;

/// <summary>The gate of SwiGLU, SiLU(g) ⊙ u, fused or composed.</summary>
public static class SwiGlu
{
    /// <summary>Applies the gate to projections that lie side by side.</summary>
    /// <param name="gateUp">Gate, then up: [..., 2·F].</param>
    /// <returns>[..., F].</returns>
    public static Tensor Apply(Tensor gateUp) => FusedKernels.Serve(gateUp) ? SwiGluFunction.Apply(gateUp) : Compose(gateUp.chunk(2, -1));

    private static Tensor Compose(Tensor[] parts) => nn.functional.silu(parts[0]) * parts[1];
}
