using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>AVX2: 8 lanes.</summary>
internal readonly unsafe struct Lanes256(Vector256<int> value) : ILanes<Lanes256>
{
    private readonly Vector256<int> _value = value;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotBytes(byte* codes, sbyte* x)
    {
        // Products of bytes would overflow 16 bits, those of nibbles do not: 8 · 2 · 15 · 127 < 2^15.
        Vector256<int> nibbles = Vector256.Create(0x0F0F0F0F);
        Vector256<short> low = Vector256<short>.Zero, high = low;
        for (int g = 0; g < 8; g++)
        {
            Vector256<int> both = Vector256.Load((int*)(codes + (32 * g)));
            Vector256<sbyte> four = Vector256.Create(*(int*)(x + (4 * g))).AsSByte();
            low += Avx2.MultiplyAddAdjacent((both & nibbles).AsByte(), four);
            high += Avx2.MultiplyAddAdjacent(((both >>> 4) & nibbles).AsByte(), four);
        }

        return new(Avx2.MultiplyAddAdjacent(low, Vector256<short>.One) + Avx2.MultiplyAddAdjacent(high, Vector256.Create((short)16)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotNibbles(byte* codes, sbyte* x)
    {
        Vector256<int> nibbles = Vector256.Create(0x0F0F0F0F);
        Vector256<short> sums = Vector256<short>.Zero;
        for (int j = 0; j < 4; j++)
        {
            Vector256<int> both = Vector256.Load((int*)(codes + (32 * j)));
            sums += Avx2.MultiplyAddAdjacent((both & nibbles).AsByte(), Vector256.Create(*(int*)(x + (4 * j))).AsSByte());
            sums += Avx2.MultiplyAddAdjacent(((both >>> 4) & nibbles).AsByte(), Vector256.Create(*(int*)(x + 16 + (4 * j))).AsSByte());
        }

        return new(Avx2.MultiplyAddAdjacent(sums, Vector256<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotBytes(byte* codes, sbyte* x, nint stride, out Lanes256 d0, out Lanes256 d1, out Lanes256 d2, out Lanes256 d3)
    {
        Vector256<int> nibbles = Vector256.Create(0x0F0F0F0F);
        Vector256<short> l0 = Vector256<short>.Zero, l1 = l0, l2 = l0, l3 = l0, h0 = l0, h1 = l0, h2 = l0, h3 = l0;
        for (int g = 0; g < 8; g++)
        {
            Vector256<int> both = Vector256.Load((int*)(codes + (32 * g)));
            Vector256<byte> low = (both & nibbles).AsByte();
            Vector256<byte> high = ((both >>> 4) & nibbles).AsByte();
            sbyte* four = x + (4 * g);
            Vector256<sbyte> row = Vector256.Create(*(int*)four).AsSByte();
            l0 += Avx2.MultiplyAddAdjacent(low, row);
            h0 += Avx2.MultiplyAddAdjacent(high, row);
            row = Vector256.Create(*(int*)(four + stride)).AsSByte();
            l1 += Avx2.MultiplyAddAdjacent(low, row);
            h1 += Avx2.MultiplyAddAdjacent(high, row);
            row = Vector256.Create(*(int*)(four + (2 * stride))).AsSByte();
            l2 += Avx2.MultiplyAddAdjacent(low, row);
            h2 += Avx2.MultiplyAddAdjacent(high, row);
            row = Vector256.Create(*(int*)(four + (3 * stride))).AsSByte();
            l3 += Avx2.MultiplyAddAdjacent(low, row);
            h3 += Avx2.MultiplyAddAdjacent(high, row);
        }

        Vector256<short> ones = Vector256<short>.One;
        Vector256<short> sixteens = Vector256.Create((short)16);
        d0 = new(Avx2.MultiplyAddAdjacent(l0, ones) + Avx2.MultiplyAddAdjacent(h0, sixteens));
        d1 = new(Avx2.MultiplyAddAdjacent(l1, ones) + Avx2.MultiplyAddAdjacent(h1, sixteens));
        d2 = new(Avx2.MultiplyAddAdjacent(l2, ones) + Avx2.MultiplyAddAdjacent(h2, sixteens));
        d3 = new(Avx2.MultiplyAddAdjacent(l3, ones) + Avx2.MultiplyAddAdjacent(h3, sixteens));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotNibbles(byte* codes, sbyte* x, nint stride, out Lanes256 d0, out Lanes256 d1, out Lanes256 d2, out Lanes256 d3)
    {
        Vector256<int> nibbles = Vector256.Create(0x0F0F0F0F);
        Vector256<short> s0 = Vector256<short>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int j = 0; j < 4; j++)
        {
            Vector256<int> both = Vector256.Load((int*)(codes + (32 * j)));
            Vector256<byte> low = (both & nibbles).AsByte();
            Vector256<byte> high = ((both >>> 4) & nibbles).AsByte();
            sbyte* four = x + (4 * j);
            s0 += Avx2.MultiplyAddAdjacent(low, Vector256.Create(*(int*)four).AsSByte());
            s0 += Avx2.MultiplyAddAdjacent(high, Vector256.Create(*(int*)(four + 16)).AsSByte());
            s1 += Avx2.MultiplyAddAdjacent(low, Vector256.Create(*(int*)(four + stride)).AsSByte());
            s1 += Avx2.MultiplyAddAdjacent(high, Vector256.Create(*(int*)(four + stride + 16)).AsSByte());
            s2 += Avx2.MultiplyAddAdjacent(low, Vector256.Create(*(int*)(four + (2 * stride))).AsSByte());
            s2 += Avx2.MultiplyAddAdjacent(high, Vector256.Create(*(int*)(four + (2 * stride) + 16)).AsSByte());
            s3 += Avx2.MultiplyAddAdjacent(low, Vector256.Create(*(int*)(four + (3 * stride))).AsSByte());
            s3 += Avx2.MultiplyAddAdjacent(high, Vector256.Create(*(int*)(four + (3 * stride) + 16)).AsSByte());
        }

        Vector256<short> ones = Vector256<short>.One;
        d0 = new(Avx2.MultiplyAddAdjacent(s0, ones));
        d1 = new(Avx2.MultiplyAddAdjacent(s1, ones));
        d2 = new(Avx2.MultiplyAddAdjacent(s2, ones));
        d3 = new(Avx2.MultiplyAddAdjacent(s3, ones));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotByteHalves(byte* codes, sbyte* x, byte* factors, int firstCorrection, int secondCorrection)
    {
        // Two products of codes up to 63 fit 16 bits: 2 · 2 · 63 · 127 < 2^15.
        Vector256<short> ones = Vector256<short>.One;
        Vector256<int> first = Vector256.Create(firstCorrection), second = Vector256.Create(secondCorrection);
        for (int g = 0; g < 4; g += 2, codes += 64, x += 8)
        {
            Vector256<int> one = Vector256.Create(*(int*)x), two = Vector256.Create(*(int*)(x + 4));
            first += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(codes), one.AsSByte()) + Avx2.MultiplyAddAdjacent(Vector256.Load(codes + 32), two.AsSByte()), ones);
            one = Vector256.Create(*(int*)(x + 16));
            two = Vector256.Create(*(int*)(x + 20));
            second += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(codes + 128), one.AsSByte()) + Avx2.MultiplyAddAdjacent(Vector256.Load(codes + 160), two.AsSByte()), ones);
        }

        return new((first * Avx2.ConvertToVector256Int32((sbyte*)factors)) + (second * Avx2.ConvertToVector256Int32((sbyte*)(factors + Count))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadHalves(byte* from) =>
        new((Avx2.ConvertToVector256Int32((short*)from) << HalfBits.Shift) & Vector256.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadHalves(byte* from, byte* factors)
    {
        Vector256<int> bits = (Avx2.ConvertToVector256Int32((short*)from) << HalfBits.Shift) & Vector256.Create(HalfBits.Mask);
        return new((bits.AsSingle() * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(factors))).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBFloat16(byte* from) => new(Avx2.ConvertToVector256Int32((short*)from) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadSingles(byte* from) => new(Vector256.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddBlock(Lanes256 total, Lanes256 dot, int correction, Lanes256 scale, float xScale)
    {
        Vector256<float> sums = Vector256.ConvertToSingle(dot._value + Vector256.Create(correction));
        return new(Vector256.FusedMultiplyAdd(sums, scale._value.AsSingle() * Vector256.Create(xScale), total._value.AsSingle()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, float b, Lanes256 c) =>
        new(Vector256.FusedMultiplyAdd(a._value.AsSingle(), Vector256.Create(b), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 a, float factor, float* to) => (a._value.AsSingle() * Vector256.Create(factor)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address, int bytes)
    {
        for (int line = 0; line < bytes; line += 64)
        {
            Sse.Prefetch0(address + line);
        }
    }
}
