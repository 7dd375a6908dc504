using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>AVX2 with AVX-VNNI: 8 lanes; products of bytes add up in 32 bits in one instruction.</summary>
internal readonly unsafe struct LanesVnni(Vector256<int> value) : ILanes<LanesVnni>
{
    private readonly Vector256<int> _value = value;

    public static bool IsSupported => AvxVnni.IsSupported;

    public static int Count => 8;

    public static bool TakesBytes => true;

    public static LanesVnni Zero => new(Vector256<int>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni Load(byte* from) => new(Vector256.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni Broadcast(sbyte* fourActivations) => new(Vector256.Create(*(int*)fourActivations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LowNibbles(LanesVnni codes) => new(codes._value & Vector256.Create(0x0F0F0F0F));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni HighNibbles(LanesVnni codes) => new((codes._value >>> 4) & Vector256.Create(0x0F0F0F0F));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni AddProducts(LanesVnni sums, LanesVnni codes, LanesVnni activations) =>
        new(AvxVnni.MultiplyWideningAndAdd(sums._value, codes._value.AsByte(), activations._value.AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni Total(LanesVnni sums) => sums;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni AddSixteenfold(LanesVnni a, LanesVnni b) => new(a._value + (b._value << 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni Add(LanesVnni a, int b) => new(a._value + Vector256.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni MultiplyAddIntegers(LanesVnni a, LanesVnni b, LanesVnni c) => new((a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni ToSingle(LanesVnni integers) => new(Vector256.ConvertToSingle(integers._value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadHalves(byte* from) =>
        new((Avx2.ConvertToVector256Int32((short*)from) << HalfBits.Shift) & Vector256.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadBFloat16(byte* from) => new(Avx2.ConvertToVector256Int32((short*)from) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadBytes(byte* from) => new(Avx2.ConvertToVector256Int32(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni LoadSignedBytes(byte* from) => new(Avx2.ConvertToVector256Int32((sbyte*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni Broadcast(float value) => new(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni Multiply(LanesVnni a, LanesVnni b) => new((a._value.AsSingle() * b._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesVnni MultiplyAdd(LanesVnni a, LanesVnni b, LanesVnni c) =>
        new(Vector256.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanesVnni value, float* to) => value._value.AsSingle().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address) => Sse.Prefetch0(address);
}
