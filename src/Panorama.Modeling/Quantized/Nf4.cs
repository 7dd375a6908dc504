using System.Runtime.Intrinsics;

namespace Panorama.Modeling.Quantized;

/// <summary>
/// 4-bit NormalFloat (Dettmers et al. 2023, arXiv:2305.14314, section 3 and appendix E): 16 values at the quantiles of a normal
/// distribution, scaled by the largest magnitude of a block. Codes of 32 elements lie in 16 bytes: the low halves hold the first
/// 16 elements, the high halves the others.
/// </summary>
internal static class Nf4
{
    /// <summary>Elements that share 16 bytes.</summary>
    public const int Group = 32;

    /// <summary>The 16 values, ascending.</summary>
    public static ReadOnlySpan<float> Values =>
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    /// <summary>The nearest value's code.</summary>
    /// <param name="x">A number in [-1, 1].</param>
    public static int Encode(float x)
    {
        int code = 0;
        while (code < 15 && x > (Values[code] + Values[code + 1]) / 2)
        {
            code++;
        }

        return code;
    }

    /// <summary>Packs a group.</summary>
    /// <param name="source">At most <see cref="Group"/> elements; missing ones count as zero.</param>
    /// <param name="inverse">1 / scale.</param>
    /// <param name="codes">16 bytes.</param>
    public static void Pack(ReadOnlySpan<float> source, float inverse, Span<byte> codes)
    {
        for (int i = 0; i < Group / 2; i++)
        {
            int low = Encode(i < source.Length ? source[i] * inverse : 0);
            int high = Encode(i + (Group / 2) < source.Length ? source[i + (Group / 2)] * inverse : 0);
            codes[i] = (byte)(low | (high << 4));
        }
    }

    /// <summary>Unpacks whole groups that share a scale, vectorized.</summary>
    /// <param name="codes">16 bytes a group.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="target">32 elements a group, or fewer in the last.</param>
    public static void Unpack(ReadOnlySpan<byte> codes, float scale, Span<float> target)
    {
        Vector512<float> table = Vector512.Create(Values) * scale;
        int full = target.Length / Group;
        for (int group = 0; group < full; group++)
        {
            Vector128<byte> bytes = Vector128.Create(codes.Slice(group * 16, 16));
            Vector512.Shuffle(table, Indices(bytes & Vector128.Create((byte)15))).CopyTo(target[(group * Group)..]);
            Vector512.Shuffle(table, Indices(bytes >>> 4)).CopyTo(target[((group * Group) + 16)..]);
        }

        UnpackScalar(codes[(full * 16)..], scale, target[(full * Group)..]);
    }

    /// <summary>The scalar twin of <see cref="Unpack"/>.</summary>
    /// <inheritdoc cref="Unpack" path="/param"/>
    public static void UnpackScalar(ReadOnlySpan<byte> codes, float scale, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            byte pair = codes[(i / Group * 16) + (i % 16)];
            target[i] = Values[i % Group < 16 ? pair & 15 : pair >> 4] * scale;
        }
    }

    private static Vector512<int> Indices(Vector128<byte> codes)
    {
        (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(codes);
        (Vector256<uint> first, Vector256<uint> second) = Vector256.Widen(Vector256.Create(lower, upper));
        return Vector512.Create(first, second).AsInt32();
    }
}
