using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;

namespace Panorama.Modeling.Kernels;

/// <summary>Softmax with cross entropy of one row of logits, and the gradient in the place of the logits.</summary>
public static class CrossEntropyKernel
{
    /// <summary>
    /// −log softmax(logits)[target]; the logits become scale · (softmax(logits) − onehot(target)), the gradient of
    /// scale · loss. A NaN or +∞ among them makes the loss NaN.
    /// </summary>
    /// <param name="logits">Scores in, gradient out: [V].</param>
    /// <param name="target">Index of the right class.</param>
    /// <param name="scale">Factor on the gradient.</param>
    /// <returns>The loss, nats, without the factor.</returns>
    public static float LossAndGradient(Span<float> logits, int target, float scale)
    {
        int width = Vector512<float>.Count;
        int body = logits.Length - (logits.Length % width);
        ref float first = ref MemoryMarshal.GetReference(logits);
        float atTarget = logits[target];
        float top = Maximum(logits, body);

        Vector512<float> tops = Vector512.Create(top), sums = Vector512<float>.Zero;
        for (int i = 0; i < body; i += width)
        {
            Vector512<float> e = VectorMath.Exp(Vector512.LoadUnsafe(ref first, (nuint)i) - tops);
            e.StoreUnsafe(ref first, (nuint)i);
            sums += e;
        }

        float sum = Vector512.Sum(sums);
        for (int i = body; i < logits.Length; i++)
        {
            logits[i] = MathF.Exp(logits[i] - top);
            sum += logits[i];
        }

        float factor = scale / sum;
        for (int i = 0; i < body; i += width)
        {
            (Vector512.LoadUnsafe(ref first, (nuint)i) * factor).StoreUnsafe(ref first, (nuint)i);
        }

        for (int i = body; i < logits.Length; i++)
        {
            logits[i] *= factor;
        }

        logits[target] -= scale;
        return MathF.Log(sum) + top - atTarget;
    }

    /// <summary>The scalar twin of <see cref="LossAndGradient"/>.</summary>
    /// <inheritdoc cref="LossAndGradient" path="/param"/>
    /// <returns>The loss, nats, without the factor.</returns>
    public static float LossAndGradientScalar(Span<float> logits, int target, float scale)
    {
        double top = double.NegativeInfinity, sum = 0, atTarget = logits[target];
        foreach (float logit in logits)
        {
            top = Math.Max(top, logit);
        }

        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - top);
        }

        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(scale * ((Math.Exp(logits[i] - top) / sum) - (i == target ? 1 : 0)));
        }

        return (float)(Math.Log(sum) + top - atTarget);
    }

    private static float Maximum(ReadOnlySpan<float> values, int body)
    {
        int width = Vector512<float>.Count;
        ref float first = ref MemoryMarshal.GetReference(values);
        float top = float.NegativeInfinity;
        if (body > 0)
        {
            Vector512<float> tops = Vector512.LoadUnsafe(ref first);
            for (int i = width; i < body; i += width)
            {
                // A NaN may get lost here; the exponentials meet it again.
                tops = Vector512.MaxNative(tops, Vector512.LoadUnsafe(ref first, (nuint)i));
            }

            for (int lane = 0; lane < width; lane++)
            {
                top = MathF.Max(top, tops[lane]);
            }
        }

        for (int i = body; i < values.Length; i++)
        {
            top = MathF.Max(top, values[i]);
        }

        return top;
    }
}
