using System.Runtime.CompilerServices;

namespace Panorama.Inference.Kernels;

/// <summary>One half-precision scale per 32 inputs: Q8_0, Q4_0, Q5_0.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct HalfScales<TLanes> : IScales<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Parts => 1;

    public static int HeaderBytes => 0;

    public static int PartBytes => 2 * TLanes.Count;

    public static bool HasMinimum => false;

    public static bool HasHalves => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* header, byte* part, out TLanes scale, out TLanes minimum) =>
        (scale, minimum) = (TLanes.LoadHalves(part), default);
}

/// <summary>A scale and a minimum per 32 inputs: Q4_1, Q5_1.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct HalfScalesWithMinima<TLanes> : IScales<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Parts => 1;

    public static int HeaderBytes => 0;

    public static int PartBytes => 4 * TLanes.Count;

    public static bool HasMinimum => true;

    public static bool HasHalves => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* header, byte* part, out TLanes scale, out TLanes minimum) =>
        (scale, minimum) = (TLanes.LoadHalves(part), TLanes.LoadHalves(part + (2 * TLanes.Count)));
}

/// <summary>A scale and a negated scale of the minima per 256 inputs, both times a byte per 32: Q4_K, Q5_K.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct ByteScalesWithMinima<TLanes> : IScales<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Parts => 8;

    public static int HeaderBytes => 4 * TLanes.Count;

    public static int PartBytes => 2 * TLanes.Count;

    public static bool HasMinimum => true;

    public static bool HasHalves => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* header, byte* part, out TLanes scale, out TLanes minimum)
    {
        scale = TLanes.LoadHalves(header, part);
        minimum = TLanes.LoadHalves(header + (2 * TLanes.Count), part + TLanes.Count);
    }
}

/// <summary>A scale per 256 inputs times a signed byte per 16: Q6_K.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct SignedByteScales<TLanes> : IScales<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Parts => 8;

    public static int HeaderBytes => 2 * TLanes.Count;

    public static int PartBytes => 2 * TLanes.Count;

    public static bool HasMinimum => false;

    public static bool HasHalves => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* header, byte* part, out TLanes scale, out TLanes minimum) =>
        (scale, minimum) = (TLanes.LoadHalves(header), default);
}
