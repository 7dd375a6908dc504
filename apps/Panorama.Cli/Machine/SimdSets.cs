using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Panorama.Cli.Machine;

/// <summary>The vector instructions that .NET uses on this processor.</summary>
internal static class SimdSets
{
    /// <summary>Their names, the oldest first.</summary>
    public static IReadOnlyList<string> Available()
    {
        (string Name, bool Here)[] sets =
        [
            ("SSE4.2", Sse42.IsSupported),
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-VNNI", AvxVnni.IsSupported),
            ("AVX-512F", Avx512F.IsSupported),
            ("AVX-512BW", Avx512BW.IsSupported),
            ("AVX-512VBMI", Avx512Vbmi.IsSupported),
            ("AVX10.1", Avx10v1.IsSupported),
            ("NEON", AdvSimd.IsSupported),
            ("DotProd", Dp.IsSupported),
        ];
        return [.. sets.Where(set => set.Here).Select(set => set.Name)];
    }
}
