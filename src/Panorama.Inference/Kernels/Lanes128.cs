using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>Any processor, and ARM with its dot product: 4 lanes; products of bytes add up in 32 bits.</summary>
internal readonly unsafe struct Lanes128(Vector128<int> value) : ILanes<Lanes128>
{
    private readonly Vector128<int> _value = value;

    public static bool IsSupported => true;

    public static int Count => 4;

    public static bool TakesBytes => true;

    public static Lanes128 Zero => new(Vector128<int>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(byte* from) => new(Vector128.Load((int*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(sbyte* fourActivations) => new(Vector128.Create(*(int*)fourActivations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LowNibbles(Lanes128 codes) => new(codes._value & Vector128.Create(0x0F0F0F0F));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 HighNibbles(Lanes128 codes) => new((codes._value >>> 4) & Vector128.Create(0x0F0F0F0F));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddProducts(Lanes128 sums, Lanes128 codes, Lanes128 activations)
    {
        if (Dp.IsSupported)
        {
            // Signed by signed only: the codes are split into their seven lower bits and the upper one.
            Vector128<sbyte> x = activations._value.AsSByte();
            Vector128<byte> c = codes._value.AsByte();
            Vector128<int> low = Dp.DotProduct(sums._value, (c & Vector128.Create((byte)0x7F)).AsSByte(), x);
            return new(low + (Dp.DotProduct(Vector128<int>.Zero, (c >>> 7).AsSByte(), x) << 7));
        }

        // 16-bit products of even and odd bytes; two of them fit 17 bits, so pairs are added in 32.
        Vector128<short> evenCodes = (codes._value & Vector128.Create(0x00FF00FF)).AsInt16();
        Vector128<short> oddCodes = (codes._value.AsUInt16() >>> 8).AsInt16();
        Vector128<short> evenX = (activations._value.AsInt16() << 8) >> 8;
        Vector128<short> oddX = activations._value.AsInt16() >> 8;
        return new(sums._value + PairSums(evenCodes, evenX) + PairSums(oddCodes, oddX));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Total(Lanes128 sums) => sums;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddSixteenfold(Lanes128 a, Lanes128 b) => new(a._value + (b._value << 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Add(Lanes128 a, int b) => new(a._value + Vector128.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAddIntegers(Lanes128 a, Lanes128 b, Lanes128 c) => new((a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ToSingle(Lanes128 integers) => new(Vector128.ConvertToSingle(integers._value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadHalves(byte* from) =>
        new((Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)from).AsInt16()) << HalfBits.Shift) & Vector128.Create(HalfBits.Mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBFloat16(byte* from) => new(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)from).AsInt16()) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBytes(byte* from) => new(Vector128.Create((int)from[0], from[1], from[2], from[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadSignedBytes(byte* from) => new(Vector128.Create((int)(sbyte)from[0], (sbyte)from[1], (sbyte)from[2], (sbyte)from[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value) => new(Vector128.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Multiply(Lanes128 a, Lanes128 b) => new((a._value.AsSingle() * b._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) =>
        new(Vector128.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, float* to) => value._value.AsSingle().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
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
}
