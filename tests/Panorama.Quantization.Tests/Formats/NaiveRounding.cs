using Panorama.Quantization.Formats;

namespace Panorama.Quantization.Tests.Formats;

/// <summary>Plain rounding with the range of each block, written down as simply as possible: what the quantizers must not be worse than.</summary>
internal static class NaiveRounding
{
    /// <summary>The values that come back.</summary>
    public static float[] Of(TensorFormat format, float[] values) => format switch
    {
        TensorFormat.Q8_0 => Symmetric(values, -127, 127),
        TensorFormat.Q4_0 => Symmetric(values, -8, 7),
        TensorFormat.Q5_0 => Symmetric(values, -16, 15),
        TensorFormat.Q4_1 => Affine(values, 15),
        TensorFormat.Q5_1 => Affine(values, 31),
        TensorFormat.Q4_K => AffineSuper(values, 15),
        TensorFormat.Q5_K => AffineSuper(values, 31),
        TensorFormat.Q6_K => SymmetricSuper(values),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    private static float[] Symmetric(float[] values, int low, int high)
    {
        float[] back = new float[values.Length];
        for (int at = 0; at < values.Length; at += 32)
        {
            float scale = ToHalf(Largest(values.AsSpan(at, 32)) / low);
            for (int i = at; i < at + 32; i++)
            {
                back[i] = scale == 0 ? 0 : scale * Math.Clamp(MathF.Round(values[i] / scale), low, high);
            }
        }

        return back;
    }

    private static float[] Affine(float[] values, int top)
    {
        float[] back = new float[values.Length];
        for (int at = 0; at < values.Length; at += 32)
        {
            float[] part = values[at..(at + 32)];
            (float scale, float minimum) = (ToHalf((part.Max() - part.Min()) / top), ToHalf(part.Min()));
            for (int i = 0; i < 32; i++)
            {
                back[at + i] = minimum + (scale == 0 ? 0 : scale * Math.Clamp(MathF.Round((part[i] - minimum) / scale), 0, top));
            }
        }

        return back;
    }

    private static float[] AffineSuper(float[] values, int top)
    {
        float[] back = new float[values.Length];
        for (int at = 0; at < values.Length; at += 256)
        {
            float[][] parts = [.. values.Skip(at).Take(256).Chunk(32)];
            float[] minimums = [.. parts.Select(p => -Math.Min(p.Min(), 0))];
            float[] scales = [.. parts.Select((p, j) => Math.Max(p.Max() + minimums[j], 0) / top)];
            (float d, float e) = (ToHalf(scales.Max() / 63), ToHalf(minimums.Max() / 63));
            for (int j = 0; j < 8; j++)
            {
                float scale = d * (d == 0 ? 0 : Math.Clamp(MathF.Round(scales[j] / d), 0, 63));
                float minimum = e * (e == 0 ? 0 : Math.Clamp(MathF.Round(minimums[j] / e), 0, 63));
                for (int i = 0; i < 32; i++)
                {
                    back[at + (32 * j) + i] = (scale == 0 ? 0 : scale * Math.Clamp(MathF.Round((parts[j][i] + minimum) / scale), 0, top)) - minimum;
                }
            }
        }

        return back;
    }

    private static float[] SymmetricSuper(float[] values)
    {
        float[] back = new float[values.Length];
        for (int at = 0; at < values.Length; at += 256)
        {
            float[][] parts = [.. values.Skip(at).Take(256).Chunk(16)];
            float[] scales = [.. parts.Select(p => Largest(p) / -32)];
            float d = ToHalf(Largest(scales) / -128);
            for (int j = 0; j < 16; j++)
            {
                float scale = d * (d == 0 ? 0 : Math.Clamp(MathF.Round(scales[j] / d), -128, 127));
                for (int i = 0; i < 16; i++)
                {
                    back[at + (16 * j) + i] = scale == 0 ? 0 : scale * Math.Clamp(MathF.Round(parts[j][i] / scale), -32, 31);
                }
            }
        }

        return back;
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Abs(value) > Math.Abs(largest) || value == -Math.Abs(largest) ? value : largest;
        }

        return largest;
    }

    private static float ToHalf(float value) => (float)(Half)value;
}
