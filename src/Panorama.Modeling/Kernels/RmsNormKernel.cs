using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Panorama.Modeling.Kernels;

/// <summary>Root mean square normalization of one row, y = x · r · g with r = 1 / √(mean(x²) + ε), and its gradients.</summary>
public static class RmsNormKernel
{
    /// <summary>Adds a row to another, if there is one, and normalizes.</summary>
    /// <param name="x">The row: [D].</param>
    /// <param name="added">What is added to it: [D], or empty.</param>
    /// <param name="gain">g: [D].</param>
    /// <param name="sum">x + added: [D]; may be empty when nothing is added.</param>
    /// <param name="y">The normalized sum: [D].</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>r.</returns>
    public static float Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> added, ReadOnlySpan<float> gain, Span<float> sum, Span<float> y, float epsilon)
    {
        int width = Vector512<float>.Count;
        int body = x.Length - (x.Length % width);
        ref float xs = ref MemoryMarshal.GetReference(x), gains = ref MemoryMarshal.GetReference(gain), ys = ref MemoryMarshal.GetReference(y);
        Vector512<float> squares = Vector512<float>.Zero;
        float square = 0;
        if (!added.IsEmpty)
        {
            ref float adds = ref MemoryMarshal.GetReference(added), sums = ref MemoryMarshal.GetReference(sum);
            for (int i = 0; i < body; i += width)
            {
                Vector512<float> s = Vector512.LoadUnsafe(ref xs, (nuint)i) + Vector512.LoadUnsafe(ref adds, (nuint)i);
                s.StoreUnsafe(ref sums, (nuint)i);
                squares = Vector512.FusedMultiplyAdd(s, s, squares);
            }

            for (int i = body; i < x.Length; i++)
            {
                sum[i] = x[i] + added[i];
                square += sum[i] * sum[i];
            }

            xs = ref sums;
        }
        else
        {
            for (int i = 0; i < body; i += width)
            {
                Vector512<float> s = Vector512.LoadUnsafe(ref xs, (nuint)i);
                squares = Vector512.FusedMultiplyAdd(s, s, squares);
            }

            for (int i = body; i < x.Length; i++)
            {
                square += x[i] * x[i];
            }
        }

        float scale = 1 / MathF.Sqrt(((Vector512.Sum(squares) + square) / x.Length) + epsilon);
        Vector512<float> scales = Vector512.Create(scale);
        for (int i = 0; i < body; i += width)
        {
            (Vector512.LoadUnsafe(ref xs, (nuint)i) * scales * Vector512.LoadUnsafe(ref gains, (nuint)i)).StoreUnsafe(ref ys, (nuint)i);
        }

        ReadOnlySpan<float> normalized = added.IsEmpty ? x : sum;
        for (int i = body; i < x.Length; i++)
        {
            y[i] = normalized[i] * scale * gain[i];
        }

        return scale;
    }

    /// <summary>
    /// Gradients of one row: dx = r·(dy·g) − x·r³·mean(dy·g·x), plus the gradient that reaches x by another way;
    /// dg grows by dy·x·r.
    /// </summary>
    /// <param name="dy">Gradient of y: [D].</param>
    /// <param name="x">The row that was normalized: [D].</param>
    /// <param name="gain">g: [D].</param>
    /// <param name="scale">r.</param>
    /// <param name="other">Gradient of x from elsewhere: [D], or empty.</param>
    /// <param name="dx">Written: [D].</param>
    /// <param name="dgain">Added to: [D].</param>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float scale, ReadOnlySpan<float> other, Span<float> dx, Span<float> dgain)
    {
        int width = Vector512<float>.Count;
        int body = x.Length - (x.Length % width);
        ref float dys = ref MemoryMarshal.GetReference(dy), xs = ref MemoryMarshal.GetReference(x), gains = ref MemoryMarshal.GetReference(gain);
        ref float others = ref MemoryMarshal.GetReference(other), dxs = ref MemoryMarshal.GetReference(dx), dgains = ref MemoryMarshal.GetReference(dgain);
        Vector512<float> dots = Vector512<float>.Zero, scales = Vector512.Create(scale);
        float dot = 0;
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> product = Vector512.LoadUnsafe(ref dys, (nuint)i) * Vector512.LoadUnsafe(ref xs, (nuint)i);
            dots = Vector512.FusedMultiplyAdd(product, Vector512.LoadUnsafe(ref gains, (nuint)i), dots);
            Vector512.FusedMultiplyAdd(product, scales, Vector512.LoadUnsafe(ref dgains, (nuint)i)).StoreUnsafe(ref dgains, (nuint)i);
        }

        for (int i = body; i < x.Length; i++)
        {
            dot += dy[i] * x[i] * gain[i];
            dgain[i] += dy[i] * x[i] * scale;
        }

        float pull = -scale * scale * scale * (Vector512.Sum(dots) + dot) / x.Length;
        Vector512<float> pulls = Vector512.Create(pull);
        bool alone = other.IsEmpty;
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> rest = alone ? Vector512<float>.Zero : Vector512.LoadUnsafe(ref others, (nuint)i);
            Vector512<float> direct = Vector512.LoadUnsafe(ref dys, (nuint)i) * Vector512.LoadUnsafe(ref gains, (nuint)i);
            Vector512.FusedMultiplyAdd(direct, scales, Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref xs, (nuint)i), pulls, rest)).StoreUnsafe(ref dxs, (nuint)i);
        }

        for (int i = body; i < x.Length; i++)
        {
            dx[i] = (dy[i] * gain[i] * scale) + (x[i] * pull) + (alone ? 0 : other[i]);
        }
    }

    /// <summary>The scalar twin of <see cref="Forward"/>.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    /// <returns>r.</returns>
    public static float ForwardScalar(ReadOnlySpan<float> x, ReadOnlySpan<float> added, ReadOnlySpan<float> gain, Span<float> sum, Span<float> y, float epsilon)
    {
        double square = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float s = added.IsEmpty ? x[i] : x[i] + added[i];
            square += s * s;
            y[i] = s;
        }

        float scale = (float)(1 / Math.Sqrt((square / x.Length) + epsilon));
        for (int i = 0; i < x.Length; i++)
        {
            if (!added.IsEmpty)
            {
                sum[i] = y[i];
            }

            y[i] *= scale * gain[i];
        }

        return scale;
    }

    /// <summary>The scalar twin of <see cref="Backward"/>.</summary>
    /// <inheritdoc cref="Backward" path="/param"/>
    public static void BackwardScalar(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float scale, ReadOnlySpan<float> other, Span<float> dx, Span<float> dgain)
    {
        double dot = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += dy[i] * gain[i] * x[i];
            dgain[i] += dy[i] * x[i] * scale;
        }

        double pull = Math.Pow(scale, 3) * dot / x.Length;
        for (int i = 0; i < x.Length; i++)
        {
            dx[i] = (float)((dy[i] * gain[i] * scale) - (x[i] * pull) + (other.IsEmpty ? 0 : other[i]));
        }
    }
}
