namespace Panorama.Inference.Kernels;

/// <summary>
/// A vector register seen as 32-bit lanes, one output of a matrix each. The loops over blocks, rows and tiles are written
/// once over this; each instruction set is one struct. A lane's results do not depend on the register's width.
/// </summary>
/// <remarks>
/// The operations are coarse on purpose: the compiler stops inlining a method that is made of too many small ones, and
/// registers would go through memory.
/// Codes of 32 inputs: bytes lie in 8 registers, register g holding inputs 4g to 4g + 3 of every output; nibbles lie in
/// 4 registers, register j holding inputs 4j to 4j + 3 in the lower and 16 + 4j to 19 + 4j in the upper bits.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Lanes: the outputs of a tile.</summary>
    static abstract int Count { get; }

    /// <summary>Integers: Σ code · x over 32 inputs, codes of 8 bits.</summary>
    static abstract TSelf DotBytes(byte* codes, sbyte* x);

    /// <summary>Integers: Σ code · x over 32 inputs, codes of 4 bits.</summary>
    static abstract TSelf DotNibbles(byte* codes, sbyte* x);

    /// <summary><see cref="DotBytes(byte*, sbyte*)"/> for four rows of activations, <paramref name="stride"/> bytes apart.</summary>
    static abstract void DotBytes(byte* codes, sbyte* x, nint stride, out TSelf d0, out TSelf d1, out TSelf d2, out TSelf d3);

    /// <summary><see cref="DotNibbles(byte*, sbyte*)"/> for four rows of activations, <paramref name="stride"/> bytes apart.</summary>
    static abstract void DotNibbles(byte* codes, sbyte* x, nint stride, out TSelf d0, out TSelf d1, out TSelf d2, out TSelf d3);

    /// <summary>Integers: the sums over the two halves of 32 inputs, each corrected and times a factor of its own, codes of 8 bits up to 63.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="x">32 activations.</param>
    /// <param name="factors">Signed bytes: Count for the first half, then Count for the second.</param>
    /// <param name="firstCorrection">Added to the sum of the first half.</param>
    /// <param name="secondCorrection">Added to the sum of the second half.</param>
    static abstract TSelf DotByteHalves(byte* codes, sbyte* x, byte* factors, int firstCorrection, int secondCorrection);

    /// <summary>Count halves as singles times 2^−112: exact for all finite ones, at the price of two instructions.</summary>
    static abstract TSelf LoadHalves(byte* from);

    /// <summary><see cref="LoadHalves(byte*)"/> times Count unsigned bytes.</summary>
    static abstract TSelf LoadHalves(byte* from, byte* factors);

    /// <summary>Count upper halves of singles.</summary>
    static abstract TSelf LoadBFloat16(byte* from);

    /// <summary>Count singles.</summary>
    static abstract TSelf LoadSingles(byte* from);

    /// <summary>Adds a block: total + (dot + correction) · (scale · xScale), the sum of integers exact, the product rounded once with the total.</summary>
    static abstract TSelf AddBlock(TSelf total, TSelf dot, int correction, TSelf scale, float xScale);

    /// <summary>Singles: a · b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, float b, TSelf c);

    /// <summary>Singles: stores a · factor.</summary>
    static abstract void Store(TSelf a, float factor, float* to);

    /// <summary>Asks for the cache lines of an address that will be read soon.</summary>
    static abstract void Prefetch(byte* address, int bytes);
}
