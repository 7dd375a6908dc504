using System.Runtime.Intrinsics;

namespace Panorama.Training.Optim;

/// <summary>Constants of one AdamW step, the same for every element of a range.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
/// <param name="StepSize">Learning rate divided by the bias correction 1 − β₁ᵗ.</param>
/// <param name="RootCorrection">1 / √(1 − β₂ᵗ).</param>
/// <param name="Shrink">1 − learning rate · weight decay.</param>
/// <param name="GradientScale">Factor on the gradient: clipping.</param>
public sealed record AdamWConstants(float Beta1, float Beta2, float Epsilon, float StepSize, float RootCorrection, float Shrink, float GradientScale);

/// <summary>AdamW over a range of flat float32 buffers in one pass (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2).</summary>
public static class AdamWKernel
{
    /// <summary>Updates weights and moments in place, vectorized.</summary>
    /// <param name="weights">Weights.</param>
    /// <param name="gradients">Gradients, same length.</param>
    /// <param name="first">First moments, same length.</param>
    /// <param name="second">Second moments, same length.</param>
    /// <param name="c">Constants of the step.</param>
    public static void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, AdamWConstants c)
    {
        int width = Vector512<float>.Count;
        int body = weights.Length - (weights.Length % width);
        Vector512<float> scale = Vector512.Create(c.GradientScale);
        Vector512<float> beta1 = Vector512.Create(c.Beta1), rest1 = Vector512.Create(1 - c.Beta1);
        Vector512<float> beta2 = Vector512.Create(c.Beta2), rest2 = Vector512.Create(1 - c.Beta2);
        Vector512<float> root = Vector512.Create(c.RootCorrection), epsilon = Vector512.Create(c.Epsilon);
        Vector512<float> shrink = Vector512.Create(c.Shrink), step = Vector512.Create(-c.StepSize);
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> g = Vector512.Create(gradients.Slice(i, width)) * scale;
            Vector512<float> m = Vector512.FusedMultiplyAdd(beta1, Vector512.Create<float>(first.Slice(i, width)), rest1 * g);
            Vector512<float> v = Vector512.FusedMultiplyAdd(beta2, Vector512.Create<float>(second.Slice(i, width)), rest2 * (g * g));
            Vector512<float> direction = m / Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), root, epsilon);
            Vector512<float> w = Vector512.FusedMultiplyAdd(step, direction, shrink * Vector512.Create<float>(weights.Slice(i, width)));
            m.CopyTo(first.Slice(i, width));
            v.CopyTo(second.Slice(i, width));
            w.CopyTo(weights.Slice(i, width));
        }

        UpdateScalar(weights[body..], gradients[body..], first[body..], second[body..], c);
    }

    /// <summary>The scalar twin of <see cref="Update"/>, with the same rounding.</summary>
    /// <inheritdoc cref="Update" path="/param"/>
    public static void UpdateScalar(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, AdamWConstants c)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            float g = gradients[i] * c.GradientScale;
            float m = MathF.FusedMultiplyAdd(c.Beta1, first[i], (1 - c.Beta1) * g);
            float v = MathF.FusedMultiplyAdd(c.Beta2, second[i], (1 - c.Beta2) * (g * g));
            float direction = m / MathF.FusedMultiplyAdd(MathF.Sqrt(v), c.RootCorrection, c.Epsilon);
            weights[i] = MathF.FusedMultiplyAdd(-c.StepSize, direction, c.Shrink * weights[i]);
            first[i] = m;
            second[i] = v;
        }
    }
}
