using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Panorama.Modeling.Kernels;

/// <summary>Turns the pairs (x[i], x[i + E/2]) of one head by angles given as cosines and sines.</summary>
public static class RotaryKernel
{
    /// <summary>y[i] = x[i]·c − x[i + E/2]·s, y[i + E/2] = x[i + E/2]·c + x[i]·s.</summary>
    /// <param name="x">The head: [E].</param>
    /// <param name="cosines">c: [E/2].</param>
    /// <param name="sines">s: [E/2].</param>
    /// <param name="direction">1, or −1 to turn back: the gradient of a turn is the turn back.</param>
    /// <param name="y">The turned head: [E].</param>
    public static void Turn(ReadOnlySpan<float> x, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, float direction, Span<float> y)
    {
        int half = x.Length / 2, width = Vector512<float>.Count;
        int body = half - (half % width);
        ref float xs = ref MemoryMarshal.GetReference(x), ys = ref MemoryMarshal.GetReference(y);
        ref float c = ref MemoryMarshal.GetReference(cosines), s = ref MemoryMarshal.GetReference(sines);
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> a = Vector512.LoadUnsafe(ref xs, (nuint)i), b = Vector512.LoadUnsafe(ref xs, (nuint)(half + i));
            Vector512<float> cosine = Vector512.LoadUnsafe(ref c, (nuint)i), sine = Vector512.LoadUnsafe(ref s, (nuint)i) * direction;
            ((a * cosine) - (b * sine)).StoreUnsafe(ref ys, (nuint)i);
            ((b * cosine) + (a * sine)).StoreUnsafe(ref ys, (nuint)(half + i));
        }

        TurnPairs(x, cosines, sines, direction, y, body);
    }

    /// <summary>The scalar twin of <see cref="Turn"/>.</summary>
    /// <inheritdoc cref="Turn" path="/param"/>
    public static void TurnScalar(ReadOnlySpan<float> x, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, float direction, Span<float> y) =>
        TurnPairs(x, cosines, sines, direction, y, 0);

    private static void TurnPairs(ReadOnlySpan<float> x, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, float direction, Span<float> y, int from)
    {
        int half = x.Length / 2;
        for (int i = from; i < half; i++)
        {
            float a = x[i], b = x[half + i], sine = sines[i] * direction;
            (y[i], y[half + i]) = ((a * cosines[i]) - (b * sine), (b * cosines[i]) + (a * sine));
        }
    }
}
