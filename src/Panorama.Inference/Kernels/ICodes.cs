namespace Panorama.Inference.Kernels;

/// <summary>How the codes of 32 inputs of a tile's outputs are stored, and their products with activations.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal unsafe interface ICodes<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Bytes of the codes of 32 inputs of all outputs of a tile.</summary>
    static abstract int Bytes { get; }

    /// <summary>Sums of code · activation over 32 inputs.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="x">32 activations.</param>
    static abstract TLanes Dot(byte* codes, sbyte* x);

    /// <summary>The same for four rows of activations.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="x">32 activations of the first row.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="d0">Sums with the first row.</param>
    /// <param name="d1">Sums with the second row.</param>
    /// <param name="d2">Sums with the third row.</param>
    /// <param name="d3">Sums with the fourth row.</param>
    static abstract void Dot(byte* codes, sbyte* x, nint stride, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3);

    /// <summary>Sums over one half of the 32 inputs.</summary>
    /// <param name="codes">The codes of all 32.</param>
    /// <param name="x">All 32 activations.</param>
    /// <param name="half">0 or 1.</param>
    static abstract TLanes DotHalf(byte* codes, sbyte* x, int half);
}
