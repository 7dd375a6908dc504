using System.Runtime.CompilerServices;

namespace Panorama.Inference.Kernels;

/// <summary>The width of the codes of a matrix.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal unsafe interface ICodes<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Bytes of the codes of 32 inputs of a tile.</summary>
    static abstract int Bytes { get; }

    /// <summary>Σ code · x over 32 inputs.</summary>
    static abstract TLanes Dot(byte* codes, sbyte* x);

    /// <summary>The same for four rows of activations.</summary>
    static abstract void Dot(byte* codes, sbyte* x, nint stride, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3);
}

/// <summary>Codes of 8 bits.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct ByteCodes<TLanes> : ICodes<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Bytes => 32 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Dot(byte* codes, sbyte* x) => TLanes.DotBytes(codes, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Dot(byte* codes, sbyte* x, nint stride, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3) =>
        TLanes.DotBytes(codes, x, stride, out d0, out d1, out d2, out d3);
}

/// <summary>Codes of 4 bits.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct NibbleCodes<TLanes> : ICodes<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Bytes => 16 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Dot(byte* codes, sbyte* x) => TLanes.DotNibbles(codes, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Dot(byte* codes, sbyte* x, nint stride, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3) =>
        TLanes.DotNibbles(codes, x, stride, out d0, out d1, out d2, out d3);
}
