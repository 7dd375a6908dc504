using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>AVX-512: 16 lanes.</summary>
internal readonly unsafe struct Lanes512(Vector512<int> value) : ILanes<Lanes512>
{
    private readonly Vector512<int> _value = value;

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 DotBytes(byte* codes, sbyte* x)
    {
        // Products of bytes would overflow 16 bits, those of nibbles do not: 8 · 2 · 15 · 127 < 2^15.
        Vector512<int> nibbles = Vector512.Create(0x0F0F0F0F);
        Vector512<short> low = Vector512<short>.Zero, high = low;
        for (int g = 0; g < 8; g++)
        {
            Vector512<int> both = Vector512.Load((int*)(codes + (64 * g)));
            Vector512<sbyte> four = Vector512.Create(*(int*)(x + (4 * g))).AsSByte();
            low += Avx512BW.MultiplyAddAdjacent((both & nibbles).AsByte(), four);
            high += Avx512BW.MultiplyAddAdjacent(((both >>> 4) & nibbles).AsByte(), four);
        }

        return new(Avx512BW.MultiplyAddAdjacent(low, Vector512<short>.One) + Avx512BW.MultiplyAddAdjacent(high, Vector512.Create((short)16)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 DotNibbles(byte* codes, sbyte* x)
    {
        Vector512<int> nibbles = Vector512.Create(0x0F0F0F0F);
        Vector512<short> sums = Vector512<short>.Zero;
        for (int j = 0; j < 4; j++)
        {
            Vector512<int> both = Vector512.Load((int*)(codes + (64 * j)));
            sums += Avx512BW.MultiplyAddAdjacent((both & nibbles).AsByte(), Vector512.Create(*(int*)(x + (4 * j))).AsSByte());
            sums += Avx512BW.MultiplyAddAdjacent(((both >>> 4) & nibbles).AsByte(), Vector512.Create(*(int*)(x + 16 + (4 * j))).AsSByte());
        }

        return new(Avx512BW.MultiplyAddAdjacent(sums, Vector512<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotBytes(byte* codes, sbyte* x, nint stride, out Lanes512 d0, out Lanes512 d1, out Lanes512 d2, out Lanes512 d3)
    {
        Vector512<int> nibbles = Vector512.Create(0x0F0F0F0F);
        Vector512<short> l0 = Vector512<short>.Zero, l1 = l0, l2 = l0, l3 = l0, h0 = l0, h1 = l0, h2 = l0, h3 = l0;
        for (int g = 0; g < 8; g++)
        {
            Vector512<int> both = Vector512.Load((int*)(codes + (64 * g)));
            Vector512<byte> low = (both & nibbles).AsByte();
            Vector512<byte> high = ((both >>> 4) & nibbles).AsByte();
            sbyte* four = x + (4 * g);
            Vector512<sbyte> row = Vector512.Create(*(int*)four).AsSByte();
            l0 += Avx512BW.MultiplyAddAdjacent(low, row);
            h0 += Avx512BW.MultiplyAddAdjacent(high, row);
            row = Vector512.Create(*(int*)(four + stride)).AsSByte();
            l1 += Avx512BW.MultiplyAddAdjacent(low, row);
            h1 += Avx512BW.MultiplyAddAdjacent(high, row);
            row = Vector512.Create(*(int*)(four + (2 * stride))).AsSByte();
            l2 += Avx512BW.MultiplyAddAdjacent(low, row);
            h2 += Avx512BW.MultiplyAddAdjacent(high, row);
            row = Vector512.Create(*(int*)(four + (3 * stride))).AsSByte();
            l3 += Avx512BW.MultiplyAddAdjacent(low, row);
            h3 += Avx512BW.MultiplyAddAdjacent(high, row);
        }

        Vector512<short> ones = Vector512<short>.One;
        Vector512<short> sixteens = Vector512.Create((short)16);
        d0 = new(Avx512BW.MultiplyAddAdjacent(l0, ones) + Avx512BW.MultiplyAddAdjacent(h0, sixteens));
        d1 = new(Avx512BW.MultiplyAddAdjacent(l1, ones) + Avx512BW.MultiplyAddAdjacent(h1, sixteens));
        d2 = new(Avx512BW.MultiplyAddAdjacent(l2, ones) + Avx512BW.MultiplyAddAdjacent(h2, sixteens));
        d3 = new(Avx512BW.MultiplyAddAdjacent(l3, ones) + Avx512BW.MultiplyAddAdjacent(h3, sixteens));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotNibbles(byte* codes, sbyte* x, nint stride, out Lanes512 d0, out Lanes512 d1, out Lanes512 d2, out Lanes512 d3)
    {
        Vector512<int> nibbles = Vector512.Create(0x0F0F0F0F);
        Vector512<short> s0 = Vector512<short>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int j = 0; j < 4; j++)
        {
            Vector512<int> both = Vector512.Load((int*)(codes + (64 * j)));
            Vector512<byte> low = (both & nibbles).AsByte();
            Vector512<byte> high = ((both >>> 4) & nibbles).AsByte();
            sbyte* four = x + (4 * j);
            s0 += Avx512BW.MultiplyAddAdjacent(low, Vector512.Create(*(int*)four).AsSByte());
            s0 += Avx512BW.MultiplyAddAdjacent(high, Vector512.Create(*(int*)(four + 16)).AsSByte());
            s1 += Avx512BW.MultiplyAddAdjacent(low, Vector512.Create(*(int*)(four + stride)).AsSByte());
            s1 += Avx512BW.MultiplyAddAdjacent(high, Vector512.Create(*(int*)(four + stride + 16)).AsSByte());
            s2 += Avx512BW.MultiplyAddAdjacent(low, Vector512.Create(*(int*)(four + (2 * stride))).AsSByte());
            s2 += Avx512BW.MultiplyAddAdjacent(high, Vector512.Create(*(int*)(four + (2 * stride) + 16)).AsSByte());
            s3 += Avx512BW.MultiplyAddAdjacent(low, Vector512.Create(*(int*)(four + (3 * stride))).AsSByte());
            s3 += Avx512BW.MultiplyAddAdjacent(high, Vector512.Create(*(int*)(four + (3 * stride) + 16)).AsSByte());
        }

        Vector512<short> ones = Vector512<short>.One;
        d0 = new(Avx512BW.MultiplyAddAdjacent(s0, ones));
        d1 = new(Avx512BW.MultiplyAddAdjacent(s1, ones));
        d2 = new(Avx512BW.MultiplyAddAdjacent(s2, ones));
        d3 = new(Avx512BW.MultiplyAddAdjacent(s3, ones));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 DotByteHalves(byte* codes, sbyte* x, byte* factors, int firstCorrection, int secondCorrection)
    {
        // Two products of codes up to 63 fit 16 bits: 2 · 2 · 63 · 127 < 2^15.
        Vector512<short> ones = Vector512<short>.One;
        Vector512<int> first = Vector512.Create(firstCorrection), second = Vector512.Create(secondCorrection);
        for (int g = 0; g < 4; g += 2, codes += 128, x += 8)
        {
            Vector512<int> one = Vector512.Create(*(int*)x), two = Vector512.Create(*(int*)(x + 4));
            first += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(codes), one.AsSByte()) + Avx512BW.MultiplyAddAdjacent(Vector512.Load(codes + 64), two.AsSByte()), ones);
            one = Vector512.Create(*(int*)(x + 16));
            two = Vector512.Create(*(int*)(x + 20));
            second += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(codes + 256), one.AsSByte()) + Avx512BW.MultiplyAddAdjacent(Vector512.Load(codes + 320), two.AsSByte()), ones);
        }

        return new((first * Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)factors))) + (second * Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)(factors + Count)))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadHalves(byte* from) =>
        new((Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)) << HalfBits.Shift) & Vector512.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadHalves(byte* from, byte* factors)
    {
        Vector512<int> bits = (Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)) << HalfBits.Shift) & Vector512.Create(HalfBits.Mask);
        return new((bits.AsSingle() * Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(factors)))).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBFloat16(byte* from) => new(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadSingles(byte* from) => new(Vector512.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddBlock(Lanes512 total, Lanes512 dot, int correction, Lanes512 scale, float xScale)
    {
        Vector512<float> sums = Vector512.ConvertToSingle(dot._value + Vector512.Create(correction));
        return new(Vector512.FusedMultiplyAdd(sums, scale._value.AsSingle() * Vector512.Create(xScale), total._value.AsSingle()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, float b, Lanes512 c) =>
        new(Vector512.FusedMultiplyAdd(a._value.AsSingle(), Vector512.Create(b), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 a, float factor, float* to) => (a._value.AsSingle() * Vector512.Create(factor)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address, int bytes)
    {
        for (int line = 0; line < bytes; line += 64)
        {
            Sse.Prefetch0(address + line);
        }
    }
}
