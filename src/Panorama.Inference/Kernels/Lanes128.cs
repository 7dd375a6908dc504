using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>Any processor, and ARM with its dot product: 4 lanes.</summary>
internal readonly unsafe struct Lanes128(Vector128<int> value) : ILanes<Lanes128>
{
    private readonly Vector128<int> _value = value;

    public static bool IsSupported => true;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotBytes(byte* codes, sbyte* x)
    {
        Vector128<int> sums = Vector128<int>.Zero;
        for (int g = 0; g < 8; g++)
        {
            sums = AddProducts(sums, Vector128.Load(codes + (16 * g)), Vector128.Create(*(int*)(x + (4 * g))).AsSByte());
        }

        return new(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotNibbles(byte* codes, sbyte* x)
    {
        Vector128<int> nibbles = Vector128.Create(0x0F0F0F0F);
        Vector128<int> sums = Vector128<int>.Zero;
        for (int j = 0; j < 4; j++)
        {
            Vector128<int> both = Vector128.Load((int*)(codes + (16 * j)));
            sums = AddProducts(sums, (both & nibbles).AsByte(), Vector128.Create(*(int*)(x + (4 * j))).AsSByte());
            sums = AddProducts(sums, ((both >>> 4) & nibbles).AsByte(), Vector128.Create(*(int*)(x + 16 + (4 * j))).AsSByte());
        }

        return new(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotBytes(byte* codes, sbyte* x, nint stride, out Lanes128 d0, out Lanes128 d1, out Lanes128 d2, out Lanes128 d3)
    {
        Vector128<int> s0 = Vector128<int>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int g = 0; g < 8; g++)
        {
            Vector128<byte> bytes = Vector128.Load(codes + (16 * g));
            sbyte* four = x + (4 * g);
            s0 = AddProducts(s0, bytes, Vector128.Create(*(int*)four).AsSByte());
            s1 = AddProducts(s1, bytes, Vector128.Create(*(int*)(four + stride)).AsSByte());
            s2 = AddProducts(s2, bytes, Vector128.Create(*(int*)(four + (2 * stride))).AsSByte());
            s3 = AddProducts(s3, bytes, Vector128.Create(*(int*)(four + (3 * stride))).AsSByte());
        }

        (d0, d1, d2, d3) = (new(s0), new(s1), new(s2), new(s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DotNibbles(byte* codes, sbyte* x, nint stride, out Lanes128 d0, out Lanes128 d1, out Lanes128 d2, out Lanes128 d3)
    {
        Vector128<int> nibbles = Vector128.Create(0x0F0F0F0F);
        Vector128<int> s0 = Vector128<int>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int j = 0; j < 4; j++)
        {
            Vector128<int> both = Vector128.Load((int*)(codes + (16 * j)));
            Vector128<byte> low = (both & nibbles).AsByte();
            Vector128<byte> high = ((both >>> 4) & nibbles).AsByte();
            sbyte* four = x + (4 * j);
            s0 = AddProducts(s0, low, Vector128.Create(*(int*)four).AsSByte());
            s0 = AddProducts(s0, high, Vector128.Create(*(int*)(four + 16)).AsSByte());
            s1 = AddProducts(s1, low, Vector128.Create(*(int*)(four + stride)).AsSByte());
            s1 = AddProducts(s1, high, Vector128.Create(*(int*)(four + stride + 16)).AsSByte());
            s2 = AddProducts(s2, low, Vector128.Create(*(int*)(four + (2 * stride))).AsSByte());
            s2 = AddProducts(s2, high, Vector128.Create(*(int*)(four + (2 * stride) + 16)).AsSByte());
            s3 = AddProducts(s3, low, Vector128.Create(*(int*)(four + (3 * stride))).AsSByte());
            s3 = AddProducts(s3, high, Vector128.Create(*(int*)(four + (3 * stride) + 16)).AsSByte());
        }

        (d0, d1, d2, d3) = (new(s0), new(s1), new(s2), new(s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotByteHalves(byte* codes, sbyte* x, byte* factors, int firstCorrection, int secondCorrection)
    {
        Vector128<int> first = Vector128.Create(firstCorrection), second = Vector128.Create(secondCorrection);
        for (int g = 0; g < 4; g++, codes += 16, x += 4)
        {
            first = AddProducts(first, Vector128.Load(codes), Vector128.Create(*(int*)x).AsSByte());
            second = AddProducts(second, Vector128.Load(codes + 64), Vector128.Create(*(int*)(x + 16)).AsSByte());
        }

        return new((first * SignedBytes(factors)) + (second * SignedBytes(factors + Count)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadHalves(byte* from) =>
        new((Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)from).AsInt16()) << HalfBits.Shift) & Vector128.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadHalves(byte* from, byte* factors)
    {
        Vector128<int> bits = (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)from).AsInt16()) << HalfBits.Shift) & Vector128.Create(HalfBits.Mask);
        return new((bits.AsSingle() * Vector128.ConvertToSingle(Vector128.Create((int)factors[0], factors[1], factors[2], factors[3]))).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBFloat16(byte* from) => new(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)from).AsInt16()) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadSingles(byte* from) => new(Vector128.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddBlock(Lanes128 total, Lanes128 dot, int correction, Lanes128 scale, float xScale)
    {
        Vector128<float> sums = Vector128.ConvertToSingle(dot._value + Vector128.Create(correction));
        return new(Vector128.FusedMultiplyAdd(sums, scale._value.AsSingle() * Vector128.Create(xScale), total._value.AsSingle()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, float b, Lanes128 c) =>
        new(Vector128.FusedMultiplyAdd(a._value.AsSingle(), Vector128.Create(b), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 a, float factor, float* to) => (a._value.AsSingle() * Vector128.Create(factor)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (int line = 0; line < bytes; line += 64)
            {
                Sse.Prefetch0(address + line);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddProducts(Vector128<int> sums, Vector128<byte> codes, Vector128<sbyte> x)
    {
        if (Dp.IsSupported)
        {
            // Signed by signed only: the codes are split into their seven lower bits and the upper one.
            Vector128<int> low = Dp.DotProduct(sums, (codes & Vector128.Create((byte)0x7F)).AsSByte(), x);
            return low + (Dp.DotProduct(Vector128<int>.Zero, (codes >>> 7).AsSByte(), x) << 7);
        }

        // 16-bit products of even and odd bytes; sums of two need 17 bits, so pairs are added in 32.
        Vector128<short> evenX = (x.AsInt16() << 8) >> 8;
        Vector128<short> oddX = x.AsInt16() >> 8;
        return sums + PairSums(codes.AsInt16() & Vector128.Create((short)0xFF), evenX) + PairSums((codes.AsUInt16() >>> 8).AsInt16(), oddX);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> PairSums(Vector128<short> codes, Vector128<short> x)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.MultiplyAddAdjacent(codes, x);
        }

        // Even and odd halves of every lane, widened by shifts.
        Vector128<int> evens = ((codes.AsInt32() << 16) >> 16) * ((x.AsInt32() << 16) >> 16);
        Vector128<int> odds = (codes.AsInt32() >> 16) * (x.AsInt32() >> 16);
        return evens + odds;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> SignedBytes(byte* from) => Vector128.Create((int)(sbyte)from[0], (sbyte)from[1], (sbyte)from[2], (sbyte)from[3]);
}
