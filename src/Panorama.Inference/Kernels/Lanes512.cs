using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>AVX-512: 16 lanes. Products of codes up to 15 add up in 16 bits: 8 · 2 · 15 · 127 &lt; 2^15.</summary>
internal readonly unsafe struct Lanes512(Vector512<int> value) : ILanes<Lanes512>
{
    private readonly Vector512<int> _value = value;

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Count => 16;

    public static bool TakesBytes => false;

    public static Lanes512 Zero => new(Vector512<int>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(byte* from) => new(Vector512.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(sbyte* fourActivations) => new(Vector512.Create(*(int*)fourActivations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LowNibbles(Lanes512 codes) => new(codes._value & Vector512.Create(0x0F0F0F0F));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 HighNibbles(Lanes512 codes) => new((codes._value >>> 4) & Vector512.Create(0x0F0F0F0F));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddProducts(Lanes512 sums, Lanes512 codes, Lanes512 activations) =>
        new((sums._value.AsInt16() + Avx512BW.MultiplyAddAdjacent(codes._value.AsByte(), activations._value.AsSByte())).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Total(Lanes512 sums) => new(Avx512BW.MultiplyAddAdjacent(sums._value.AsInt16(), Vector512<short>.One));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddSixteenfold(Lanes512 a, Lanes512 b) => new(a._value + (b._value << 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Add(Lanes512 a, int b) => new(a._value + Vector512.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAddIntegers(Lanes512 a, Lanes512 b, Lanes512 c) => new((a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ToSingle(Lanes512 integers) => new(Vector512.ConvertToSingle(integers._value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadHalves(byte* from) =>
        new((Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)) << HalfBits.Shift) & Vector512.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBFloat16(byte* from) => new(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBytes(byte* from) => new(Avx512F.ConvertToVector512Int32(Vector128.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadSignedBytes(byte* from) => new(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Multiply(Lanes512 a, Lanes512 b) => new((a._value.AsSingle() * b._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) =>
        new(Vector512.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, float* to) => value._value.AsSingle().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address) => Sse.Prefetch0(address);
}
