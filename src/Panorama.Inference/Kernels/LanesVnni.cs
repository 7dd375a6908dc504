using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>AVX2 with AVX-VNNI: 8 lanes, products of bytes added up in 32 bits by one instruction.</summary>
internal readonly unsafe struct LanesVnni(Vector256<int> value) : ILanes<LanesVnni>
{
    private readonly Vector256<int> _value = value;

    public static bool IsSupported => AvxVnni.IsSupported;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni DotBytes(byte* codes, sbyte* x)
    {
        Vector256<int> sums = Vector256<int>.Zero;
        for (int g = 0; g < 8; g++)
        {
            sums = AvxVnni.MultiplyWideningAndAdd(sums, Vector256.Load(codes + (32 * g)), Vector256.Create(*(int*)(x + (4 * g))).AsSByte());
        }

        return new(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni DotNibbles(byte* codes, sbyte* x)
    {
        Vector256<int> nibbles = Vector256.Create(0x0F0F0F0F);
        Vector256<int> sums = Vector256<int>.Zero;
        for (int j = 0; j < 4; j++)
        {
            Vector256<int> both = Vector256.Load((int*)(codes + (32 * j)));
            sums = AvxVnni.MultiplyWideningAndAdd(sums, (both & nibbles).AsByte(), Vector256.Create(*(int*)(x + (4 * j))).AsSByte());
            sums = AvxVnni.MultiplyWideningAndAdd(sums, ((both >>> 4) & nibbles).AsByte(), Vector256.Create(*(int*)(x + 16 + (4 * j))).AsSByte());
        }

        return new(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotBytes(byte* codes, sbyte* x, nint stride, out LanesVnni d0, out LanesVnni d1, out LanesVnni d2, out LanesVnni d3)
    {
        Vector256<int> s0 = Vector256<int>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int g = 0; g < 8; g++)
        {
            Vector256<byte> bytes = Vector256.Load(codes + (32 * g));
            sbyte* four = x + (4 * g);
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, bytes, Vector256.Create(*(int*)four).AsSByte());
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, bytes, Vector256.Create(*(int*)(four + stride)).AsSByte());
            s2 = AvxVnni.MultiplyWideningAndAdd(s2, bytes, Vector256.Create(*(int*)(four + (2 * stride))).AsSByte());
            s3 = AvxVnni.MultiplyWideningAndAdd(s3, bytes, Vector256.Create(*(int*)(four + (3 * stride))).AsSByte());
        }

        (d0, d1, d2, d3) = (new(s0), new(s1), new(s2), new(s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotNibbles(byte* codes, sbyte* x, nint stride, out LanesVnni d0, out LanesVnni d1, out LanesVnni d2, out LanesVnni d3)
    {
        Vector256<int> nibbles = Vector256.Create(0x0F0F0F0F);
        Vector256<int> s0 = Vector256<int>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int j = 0; j < 4; j++)
        {
            Vector256<int> both = Vector256.Load((int*)(codes + (32 * j)));
            Vector256<byte> low = (both & nibbles).AsByte();
            Vector256<byte> high = ((both >>> 4) & nibbles).AsByte();
            sbyte* four = x + (4 * j);
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, low, Vector256.Create(*(int*)four).AsSByte());
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, high, Vector256.Create(*(int*)(four + 16)).AsSByte());
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, low, Vector256.Create(*(int*)(four + stride)).AsSByte());
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, high, Vector256.Create(*(int*)(four + stride + 16)).AsSByte());
            s2 = AvxVnni.MultiplyWideningAndAdd(s2, low, Vector256.Create(*(int*)(four + (2 * stride))).AsSByte());
            s2 = AvxVnni.MultiplyWideningAndAdd(s2, high, Vector256.Create(*(int*)(four + (2 * stride) + 16)).AsSByte());
            s3 = AvxVnni.MultiplyWideningAndAdd(s3, low, Vector256.Create(*(int*)(four + (3 * stride))).AsSByte());
            s3 = AvxVnni.MultiplyWideningAndAdd(s3, high, Vector256.Create(*(int*)(four + (3 * stride) + 16)).AsSByte());
        }

        (d0, d1, d2, d3) = (new(s0), new(s1), new(s2), new(s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni DotByteHalves(byte* codes, sbyte* x, byte* factors, int firstCorrection, int secondCorrection)
    {
        Vector256<int> first = Vector256.Create(firstCorrection), second = Vector256.Create(secondCorrection);
        for (int g = 0; g < 4; g++, codes += 32, x += 4)
        {
            first = AvxVnni.MultiplyWideningAndAdd(first, Vector256.Load(codes), Vector256.Create(*(int*)x).AsSByte());
            second = AvxVnni.MultiplyWideningAndAdd(second, Vector256.Load(codes + 128), Vector256.Create(*(int*)(x + 16)).AsSByte());
        }

        return new((first * Avx2.ConvertToVector256Int32((sbyte*)factors)) + (second * Avx2.ConvertToVector256Int32((sbyte*)(factors + Count))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadHalves(byte* from) =>
        new((Avx2.ConvertToVector256Int32((short*)from) << HalfBits.Shift) & Vector256.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadHalves(byte* from, byte* factors)
    {
        Vector256<int> bits = (Avx2.ConvertToVector256Int32((short*)from) << HalfBits.Shift) & Vector256.Create(HalfBits.Mask);
        return new((bits.AsSingle() * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(factors))).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadBFloat16(byte* from) => new(Avx2.ConvertToVector256Int32((short*)from) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadSingles(byte* from) => new(Vector256.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni AddBlock(LanesVnni total, LanesVnni dot, int correction, LanesVnni scale, float xScale)
    {
        Vector256<float> sums = Vector256.ConvertToSingle(dot._value + Vector256.Create(correction));
        return new(Vector256.FusedMultiplyAdd(sums, scale._value.AsSingle() * Vector256.Create(xScale), total._value.AsSingle()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni MultiplyAdd(LanesVnni a, float b, LanesVnni c) =>
        new(Vector256.FusedMultiplyAdd(a._value.AsSingle(), Vector256.Create(b), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanesVnni a, float factor, float* to) => (a._value.AsSingle() * Vector256.Create(factor)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address, int bytes)
    {
        for (int line = 0; line < bytes; line += 64)
        {
            Sse.Prefetch0(address + line);
        }
    }
}
