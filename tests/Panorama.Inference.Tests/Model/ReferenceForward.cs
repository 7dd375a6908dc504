using Panorama.Core.Configuration;
using Panorama.Inference.Families;
using Panorama.Inference.Kernels;
using Panorama.Inference.Tests.Families;

namespace Panorama.Inference.Tests.Model;

/// <summary>The forward in doubles, token by token, as the formulas read: what the engine is compared with. Keys and values are rounded as in the cache.</summary>
internal sealed class ReferenceForward(ModelConfig config, IModelWeights weights)
{
    private readonly AttentionConfig _attention = config.Attention;

    /// <summary>Logits behind every token.</summary>
    public double[][] Logits(int[] tokens)
    {
        double[][] x = [.. tokens.Select((token, position) => Embed(token, position))];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            double[][] normalized = [.. x.Select(row => Norm(row, WeightRole.AttentionNorm, WeightRole.AttentionNormBias, layer))];
            double[][] attended = Attend(normalized, layer);
            for (int t = 0; t < x.Length; t++)
            {
                x[t] = Sum(x[t], Product(attended[t], WeightRole.AttentionOutput, WeightRole.AttentionOutputBias, layer));
                double[] inner = Norm(x[t], WeightRole.FeedForwardNorm, WeightRole.FeedForwardNormBias, layer);
                double[] wide = Product(inner, WeightRole.Up, WeightRole.UpBias, layer);
                double[] gate = config.FeedForward.Gated ? Product(inner, WeightRole.Gate, null, layer) : wide;
                wide = [.. gate.Select((g, i) => RowKernels.ActivateScalar(config.FeedForward.Activation, g) * (config.FeedForward.Gated ? wide[i] : 1))];
                x[t] = Sum(x[t], Product(wide, WeightRole.Down, WeightRole.DownBias, layer));
            }
        }

        WeightRole output = weights.TryGet(WeightRole.Output, 0, out _) ? WeightRole.Output : WeightRole.TokenEmbedding;
        return [.. x.Select(row => Product(Norm(row, WeightRole.OutputNorm, WeightRole.OutputNormBias, 0), output, null, 0))];
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, static (p, q) => p + q)];

    private double[] Embed(int token, int position)
    {
        double[] x = Row(WeightRole.TokenEmbedding, 0, token);
        return config.Positions is LearnedPositions ? Sum(x, Row(WeightRole.PositionEmbedding, 0, position)) : x;
    }

    private double[][] Attend(double[][] x, int layer)
    {
        int size = _attention.HeadSize, group = _attention.Heads / _attention.KeyValueHeads;
        int window = _attention.Pattern is WindowAttention { Window: var w } ? w : int.MaxValue;
        double[][] queries = [.. x.Select((row, t) => Heads(Product(row, WeightRole.Query, WeightRole.QueryBias, layer), WeightRole.QueryNorm, layer, t))];
        double[][] keys = [.. x.Select((row, t) => Rounded(Heads(Product(row, WeightRole.Key, WeightRole.KeyBias, layer), WeightRole.KeyNorm, layer, t)))];
        double[][] values = [.. x.Select(row => Rounded(Product(row, WeightRole.Value, WeightRole.ValueBias, layer)))];
        var results = new double[x.Length][];
        for (int t = 0; t < x.Length; t++)
        {
            results[t] = new double[_attention.Heads * size];
            for (int head = 0; head < _attention.Heads; head++)
            {
                int from = head / group * size;
                int first = Math.Max(0, t - window + 1);
                double[] scores = [.. Enumerable.Range(first, t - first + 1).Select(s => Enumerable.Range(0, size).Sum(i => queries[t][(head * size) + i] * keys[s][from + i]) / Math.Sqrt(size))];
                double largest = scores.Max();
                double total = scores.Sum(score => Math.Exp(score - largest));
                for (int s = first; s <= t; s++)
                {
                    for (int i = 0; i < size; i++)
                    {
                        results[t][(head * size) + i] += Math.Exp(scores[s - first] - largest) / total * values[s][from + i];
                    }
                }
            }
        }

        return results;
    }

    private double[] Heads(double[] all, WeightRole norm, int layer, int position)
    {
        int size = _attention.HeadSize;
        for (int head = 0; head < all.Length / size; head++)
        {
            double[] x = all[(head * size)..((head + 1) * size)];
            if (_attention.NormalizeQueryKey)
            {
                double[] gain = Row(norm, layer, 0);
                double scale = 1 / Math.Sqrt(x.Average(v => v * v) + config.Norm.Epsilon);
                x = [.. x.Select((v, i) => v * scale * gain[i])];
            }

            if (config.Positions is RotaryPositions rotary)
            {
                RotaryFrequencies frequencies = RotaryFrequencies.Of(rotary, size);
                double[] turned = new double[size];
                for (int i = 0; i < size / 2; i++)
                {
                    (double sin, double cos) = Math.SinCos(position * frequencies.PerPosition[i]);
                    turned[i] = frequencies.Magnitude * ((x[i] * cos) - (x[i + (size / 2)] * sin));
                    turned[i + (size / 2)] = frequencies.Magnitude * ((x[i + (size / 2)] * cos) + (x[i] * sin));
                }

                x = turned;
            }

            x.CopyTo(all, head * size);
        }

        return all;
    }

    private static double[] Rounded(double[] x) => [.. x.Select(v => (double)HalfRow.Round((float)v))];

    private double[] Norm(double[] x, WeightRole gain, WeightRole bias, int layer)
    {
        double[] g = Row(gain, layer, 0);
        double mean = config.Norm.Kind == NormKind.LayerNorm ? x.Average() : 0;
        double scale = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + config.Norm.Epsilon);
        double[] b = config.Norm.Kind == NormKind.LayerNorm && weights.TryGet(bias, layer, out _) ? Row(bias, layer, 0) : new double[x.Length];
        return [.. x.Select((v, i) => ((v - mean) * scale * g[i]) + b[i])];
    }

    private double[] Product(double[] x, WeightRole role, WeightRole? bias, int layer)
    {
        Assert.True(weights.TryGet(role, layer, out WeightView? matrix));
        double[] b = bias is { } added && weights.TryGet(added, layer, out _) ? Row(added, layer, 0) : new double[matrix.Rows];
        return [.. Enumerable.Range(0, matrix.Rows).Select(r => RowValues.Of(matrix, r).Zip(x, static (w, v) => w * v).Sum() + b[r])];
    }

    private double[] Row(WeightRole role, int layer, int row) => [.. RowValues.Of(weights, role, layer, row)];
}
