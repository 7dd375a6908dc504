using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Panorama.Core.Configuration;
using Panorama.Core.Numerics;

namespace Panorama.Inference.Kernels;

/// <summary>Operations on one row of activations. Rows are padded to 16 values; what lies in the padding does not matter.</summary>
internal static unsafe class RowKernels
{
    private const int Width = 16;

    /// <summary>x += y.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="y">[count].</param>
    /// <param name="count">Values.</param>
    public static void Add(float* x, float* y, int count)
    {
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            (Vector512.Load(x + i) + Vector512.Load(y + i)).Store(x + i);
        }

        for (; i < count; i++)
        {
            x[i] += y[i];
        }
    }

    /// <summary>Root mean square normalization: y = x / √(mean(x²) + ε) · gain.</summary>
    /// <param name="x">[count].</param>
    /// <param name="gain">[count].</param>
    /// <param name="y">[count]; may be <paramref name="x"/>.</param>
    /// <param name="count">Values.</param>
    /// <param name="epsilon">ε.</param>
    public static void RmsNorm(float* x, float* gain, float* y, int count, float epsilon)
    {
        Vector512<float> squares = default;
        float rest = 0;
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            Vector512<float> v = Vector512.Load(x + i);
            squares = Vector512.FusedMultiplyAdd(v, v, squares);
        }

        for (; i < count; i++)
        {
            rest += x[i] * x[i];
        }

        Scale(x, gain, null, y, count, 0, 1 / MathF.Sqrt(((Vector512.Sum(squares) + rest) / count) + epsilon));
    }

    /// <summary>Layer normalization: y = (x − mean) / √(variance + ε) · gain + bias.</summary>
    /// <param name="x">[count].</param>
    /// <param name="gain">[count].</param>
    /// <param name="bias">[count], or null.</param>
    /// <param name="y">[count]; may be <paramref name="x"/>.</param>
    /// <param name="count">Values.</param>
    /// <param name="epsilon">ε.</param>
    public static void LayerNorm(float* x, float* gain, float* bias, float* y, int count, float epsilon)
    {
        float mean = Sum(x, count) / count;
        Vector512<float> squares = default;
        float rest = 0;
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            Vector512<float> v = Vector512.Load(x + i) - Vector512.Create(mean);
            squares = Vector512.FusedMultiplyAdd(v, v, squares);
        }

        for (; i < count; i++)
        {
            rest += (x[i] - mean) * (x[i] - mean);
        }

        Scale(x, gain, bias, y, count, mean, 1 / MathF.Sqrt(((Vector512.Sum(squares) + rest) / count) + epsilon));
    }

    /// <summary>Turns a head by its position: element i with element i + size / 2, as in Hugging Face checkpoints.</summary>
    /// <param name="head">[size], changed.</param>
    /// <param name="cosines">[size / 2].</param>
    /// <param name="sines">[size / 2].</param>
    /// <param name="size">Width of the head, even.</param>
    public static void Rotate(float* head, float* cosines, float* sines, int size)
    {
        int half = size / 2;
        int i = 0;
        for (; i + Width <= half; i += Width)
        {
            Vector512<float> a = Vector512.Load(head + i), b = Vector512.Load(head + half + i);
            Vector512<float> cos = Vector512.Load(cosines + i), sin = Vector512.Load(sines + i);
            ((a * cos) - (b * sin)).Store(head + i);
            ((b * cos) + (a * sin)).Store(head + half + i);
        }

        for (; i < half; i++)
        {
            (float a, float b) = (head[i], head[half + i]);
            head[i] = (a * cosines[i]) - (b * sines[i]);
            head[half + i] = (b * cosines[i]) + (a * sines[i]);
        }
    }

    /// <summary>The non-linearity: x = f(x), or with a gate x = f(gate) · x.</summary>
    /// <param name="activation">f.</param>
    /// <param name="gate">[count], or null.</param>
    /// <param name="x">[count], changed.</param>
    /// <param name="count">Values; the padding is computed with.</param>
    public static void Activate(Activation activation, float* gate, float* x, int count)
    {
        for (int i = 0; i < count; i += Width)
        {
            Vector512<float> v = Vector512.Load(x + i);
            Vector512<float> result = gate is null ? Apply(activation, v) : Apply(activation, Vector512.Load(gate + i)) * v;
            result.Store(x + i);
        }
    }

    /// <summary>The non-linearity of one number, by the plainest code: the twin that the vectors are tested against.</summary>
    /// <param name="activation">f.</param>
    /// <param name="x">The argument.</param>
    public static double ActivateScalar(Activation activation, double x) => activation switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Gelu => 0.5 * x * (1 + ErrorFunction(x / Math.Sqrt(2))),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(0.7978845608028654 * (x + (0.044715 * x * x * x)))),
        Activation.Relu => Math.Max(x, 0),
        Activation.ReluSquared => Math.Max(x, 0) * Math.Max(x, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation"),
    };

    private static Vector512<float> Apply(Activation activation, Vector512<float> x)
    {
        switch (activation)
        {
            case Activation.Silu:
                return x * VectorMath.Sigmoid(x);
            case Activation.GeluTanh:
                // (1 + tanh z) / 2 is the logistic function of 2z.
                Vector512<float> z = x * Vector512.FusedMultiplyAdd(x * x, Vector512.Create(0.044715f), Vector512<float>.One) * 1.5957691216f;
                return x * VectorMath.Sigmoid(z);
            case Activation.Relu:
                return Vector512.Max(x, Vector512<float>.Zero);
            case Activation.ReluSquared:
                Vector512<float> positive = Vector512.Max(x, Vector512<float>.Zero);
                return positive * positive;
            default:
                float* values = stackalloc float[Width];
                x.Store(values);
                for (int i = 0; i < Width; i++)
                {
                    values[i] = (float)ActivateScalar(activation, values[i]);
                }

                return Vector512.Load(values);
        }
    }

    // Abramowitz and Stegun 7.1.26 has 1e-7; the series and the continued fraction of the complement reach 1e-12.
    private static double ErrorFunction(double x)
    {
        double magnitude = Math.Abs(x);
        if (magnitude > 6)
        {
            return Math.Sign(x);
        }

        if (magnitude < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum) && n < 100; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return sum * 1.1283791670955126;
        }

        double fraction = 0;
        for (int n = 60; n >= 1; n--)
        {
            fraction = n / 2.0 / (magnitude + fraction);
        }

        return Math.Sign(x) * (1 - (Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (magnitude + fraction)));
    }

    private static float Sum(float* x, int count)
    {
        Vector512<float> sums = default;
        float rest = 0;
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            sums += Vector512.Load(x + i);
        }

        for (; i < count; i++)
        {
            rest += x[i];
        }

        return Vector512.Sum(sums) + rest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* x, float* gain, float* bias, float* y, int count, float mean, float scale)
    {
        int i = 0;
        for (; i + Width <= count; i += Width)
        {
            Vector512<float> v = (Vector512.Load(x + i) - Vector512.Create(mean)) * Vector512.Create(scale) * Vector512.Load(gain + i);
            (bias is null ? v : v + Vector512.Load(bias + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = ((x[i] - mean) * scale * gain[i]) + (bias is null ? 0 : bias[i]);
        }
    }
}
