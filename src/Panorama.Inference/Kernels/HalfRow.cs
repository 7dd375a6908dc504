using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Inference.Kernels;

/// <summary>Half-precision numbers of the cache, 16 at a time.</summary>
internal static unsafe class HalfRow
{
    // Below this a half is subnormal; as a single times 2^−112 it would be too, and slow.
    private const float Smallest = 6.103515625e-5f;

    /// <summary>16 halves as singles times 2^−112.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(Half* from)
    {
        if (Avx512F.IsSupported)
        {
            return ((Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)) << HalfBits.Shift) & Vector512.Create(HalfBits.Mask)).AsSingle();
        }

        (Vector256<int> lower, Vector256<int> upper) = Vector256.Widen(Vector256.Load((short*)from));
        Vector256<int> mask = Vector256.Create(HalfBits.Mask);
        return Vector512.Create((lower << HalfBits.Shift) & mask, (upper << HalfBits.Shift) & mask).AsSingle();
    }

    /// <summary>Rounds to a half; numbers that would be subnormal and NaN become 0, too large ones the largest half: a cached number is finite.</summary>
    public static Half Round(float value) => MathF.Abs(value) >= Smallest ? (Half)Math.Clamp(value, -65504f, 65504f) : Half.Zero;
}
