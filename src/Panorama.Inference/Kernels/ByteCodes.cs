using System.Runtime.CompilerServices;

namespace Panorama.Inference.Kernels;

/// <summary>
/// Codes of 8 bits, unsigned: register g of 8 holds inputs 4g to 4g + 3. Where the products of bytes would overflow, the
/// halves of the codes are multiplied apart.
/// </summary>
/// <typeparam name="TLanes">The register.</typeparam>
internal readonly unsafe struct ByteCodes<TLanes> : ICodes<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Bytes => 32 * TLanes.Count;

    private static int Register => 4 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Dot(byte* codes, sbyte* x)
    {
        TLanes low = TLanes.Zero, high = low;
        Add(codes, x, ref low, ref high);
        Add(codes + Register, x + 4, ref low, ref high);
        Add(codes + (2 * Register), x + 8, ref low, ref high);
        Add(codes + (3 * Register), x + 12, ref low, ref high);
        Add(codes + (4 * Register), x + 16, ref low, ref high);
        Add(codes + (5 * Register), x + 20, ref low, ref high);
        Add(codes + (6 * Register), x + 24, ref low, ref high);
        Add(codes + (7 * Register), x + 28, ref low, ref high);
        return Total(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Dot(byte* codes, sbyte* x, nint stride, out TLanes d0, out TLanes d1, out TLanes d2, out TLanes d3)
    {
        TLanes l0 = TLanes.Zero, l1 = l0, l2 = l0, l3 = l0, h0 = l0, h1 = l0, h2 = l0, h3 = l0;
        for (int g = 0; g < 8; g++)
        {
            TLanes bytes = TLanes.Load(codes + (g * Register));
            TLanes x0 = TLanes.Broadcast(x + (4 * g));
            TLanes x1 = TLanes.Broadcast(x + stride + (4 * g));
            TLanes x2 = TLanes.Broadcast(x + (2 * stride) + (4 * g));
            TLanes x3 = TLanes.Broadcast(x + (3 * stride) + (4 * g));
            TLanes low = TLanes.TakesBytes ? bytes : TLanes.LowNibbles(bytes);
            l0 = TLanes.AddProducts(l0, low, x0);
            l1 = TLanes.AddProducts(l1, low, x1);
            l2 = TLanes.AddProducts(l2, low, x2);
            l3 = TLanes.AddProducts(l3, low, x3);
            if (!TLanes.TakesBytes)
            {
                TLanes high = TLanes.HighNibbles(bytes);
                h0 = TLanes.AddProducts(h0, high, x0);
                h1 = TLanes.AddProducts(h1, high, x1);
                h2 = TLanes.AddProducts(h2, high, x2);
                h3 = TLanes.AddProducts(h3, high, x3);
            }
        }

        (d0, d1, d2, d3) = (Total(l0, h0), Total(l1, h1), Total(l2, h2), Total(l3, h3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes DotHalf(byte* codes, sbyte* x, int half)
    {
        codes += 4 * half * Register;
        x += 16 * half;
        TLanes low = TLanes.Zero, high = low;
        Add(codes, x, ref low, ref high);
        Add(codes + Register, x + 4, ref low, ref high);
        Add(codes + (2 * Register), x + 8, ref low, ref high);
        Add(codes + (3 * Register), x + 12, ref low, ref high);
        return Total(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* codes, sbyte* x, ref TLanes low, ref TLanes high)
    {
        TLanes bytes = TLanes.Load(codes);
        TLanes four = TLanes.Broadcast(x);
        if (TLanes.TakesBytes)
        {
            low = TLanes.AddProducts(low, bytes, four);
        }
        else
        {
            low = TLanes.AddProducts(low, TLanes.LowNibbles(bytes), four);
            high = TLanes.AddProducts(high, TLanes.HighNibbles(bytes), four);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Total(TLanes low, TLanes high) =>
        TLanes.TakesBytes ? TLanes.Total(low) : TLanes.AddSixteenfold(TLanes.Total(low), TLanes.Total(high));
}
