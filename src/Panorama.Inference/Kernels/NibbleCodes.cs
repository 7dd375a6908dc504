using System.Runtime.CompilerServices;

namespace Panorama.Inference.Kernels;

/// <summary>Codes of 4 bits. Register j of 4 holds inputs 4j to 4j + 3 in its lower and 16 + 4j to 19 + 4j in its upper bits.</summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct NibbleCodes<TLanes> : ICodes<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Bytes => 16 * TLanes.Count;

    private static int Register => 4 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Dot(byte* codes, sbyte* x)
    {
        TLanes sums = TLanes.Zero;
        Add(codes, x, ref sums);
        Add(codes + Register, x + 4, ref sums);
        Add(codes + (2 * Register), x + 8, ref sums);
        Add(codes + (3 * Register), x + 12, ref sums);
        return TLanes.Total(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Dot(byte* codes, sbyte* x, nint stride, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3)
    {
        TLanes s0 = TLanes.Zero, s1 = s0, s2 = s0, s3 = s0;
        Add(codes, x, stride, ref s0, ref s1, ref s2, ref s3);
        Add(codes + Register, x + 4, stride, ref s0, ref s1, ref s2, ref s3);
        Add(codes + (2 * Register), x + 8, stride, ref s0, ref s1, ref s2, ref s3);
        Add(codes + (3 * Register), x + 12, stride, ref s0, ref s1, ref s2, ref s3);
        (d0, d1, d2, d3) = (TLanes.Total(s0), TLanes.Total(s1), TLanes.Total(s2), TLanes.Total(s3));
    }

    public static TLanes DotHalf(byte* codes, sbyte* x, int half)
    {
        TLanes sums = TLanes.Zero;
        for (int j = 0; j < 4; j++)
        {
            TLanes both = TLanes.Load(codes + (j * Register));
            sums = TLanes.AddProducts(sums, half == 0 ? TLanes.LowNibbles(both) : TLanes.HighNibbles(both), TLanes.Broadcast(x + (16 * half) + (4 * j)));
        }

        return TLanes.Total(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* codes, sbyte* x, ref TLanes sums)
    {
        TLanes both = TLanes.Load(codes);
        sums = TLanes.AddProducts(sums, TLanes.LowNibbles(both), TLanes.Broadcast(x));
        sums = TLanes.AddProducts(sums, TLanes.HighNibbles(both), TLanes.Broadcast(x + 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* codes, sbyte* x, nint stride, ref TLanes s0, ref TLanes s1, ref TLanes s2, ref TLanes s3)
    {
        TLanes both = TLanes.Load(codes);
        TLanes low = TLanes.LowNibbles(both);
        TLanes high = TLanes.HighNibbles(both);
        s0 = TLanes.AddProducts(s0, low, TLanes.Broadcast(x));
        s1 = TLanes.AddProducts(s1, low, TLanes.Broadcast(x + stride));
        s2 = TLanes.AddProducts(s2, low, TLanes.Broadcast(x + (2 * stride)));
        s3 = TLanes.AddProducts(s3, low, TLanes.Broadcast(x + (3 * stride)));
        s0 = TLanes.AddProducts(s0, high, TLanes.Broadcast(x + 16));
        s1 = TLanes.AddProducts(s1, high, TLanes.Broadcast(x + stride + 16));
        s2 = TLanes.AddProducts(s2, high, TLanes.Broadcast(x + (2 * stride) + 16));
        s3 = TLanes.AddProducts(s3, high, TLanes.Broadcast(x + (3 * stride) + 16));
    }
}
