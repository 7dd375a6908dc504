using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;

namespace Panorama.Modeling.Kernels;

/// <summary>
/// Attention of one head in tiles, softmax(QKᵀ)V with scaled queries, with the softmax kept up to date tile by tile, and its gradients from
/// the logarithms of the softmax's sums (Dao et al. 2022, arXiv:2205.14135, algorithms 1 and 4): memory grows with the
/// length, not with its square. Position t sees the positions first(t) to t.
/// P padded length, a multiple of <see cref="Block"/>, with zeros behind the last position; E head size, a multiple of 16.
/// </summary>
internal static unsafe class FlashAttentionKernel
{
    /// <summary>Rows and columns of a tile.</summary>
    public const int Block = 64;

    private const float Hidden = float.NegativeInfinity;

    /// <summary>The forward pass.</summary>
    /// <param name="head">Queries, already multiplied by the scale of the scores, keys and values; scratch for the tiles.</param>
    /// <param name="first">First visible position of each: [T]; <see langword="null"/>: 0.</param>
    /// <param name="output">Written: [P, E].</param>
    /// <param name="logSums">Written, the logarithm of each row's sum of exponentials: [P].</param>
    public static void Forward(AttentionHead head, int* first, float* output, float* logSums)
    {
        int size = head.Size;
        float* maxima = stackalloc float[Block], sums = stackalloc float[Block];
        for (int query = 0; query < head.Length; query += Block)
        {
            float* rows = output + ((long)query * size);
            new Span<float>(rows, Block * size).Clear();
            new Span<float>(maxima, Block).Fill(float.NegativeInfinity);
            new Span<float>(sums, Block).Clear();
            for (int key = FirstBlock(first, query, head.Length); key <= query; key += Block)
            {
                Scores(head, first, query, key);
                for (int i = 0; i < Block; i++)
                {
                    AddRow(head.Scores + (i * Block), rows + (i * size), size, ref maxima[i], ref sums[i]);
                }

                TileProduct.Multiply(head.Scores, Block, 1, head.Values + ((long)key * size), rows, Block, size, Block, key == query ? Band.Lower : Band.Full, add: true);
            }

            for (int i = 0; i < Block; i++)
            {
                float inverse = 1 / sums[i];
                for (int e = 0; e < size; e += 16)
                {
                    (Vector512.Load(rows + (i * size) + e) * inverse).Store(rows + (i * size) + e);
                }

                logSums[query + i] = maxima[i] + MathF.Log(sums[i]);
            }
        }
    }

    /// <summary>The backward pass. Gradients are added to those the head holds.</summary>
    /// <param name="head">Scaled queries, keys and values, and their gradients; scratch for the tiles.</param>
    /// <param name="first">First visible position of each: [T]; <see langword="null"/>: 0.</param>
    /// <param name="output">Result of the forward pass: [P, E].</param>
    /// <param name="logSums">Result of the forward pass: [P].</param>
    /// <param name="doutput">Gradient of the output: [P, E], zero behind the last position.</param>
    public static void Backward(AttentionHead head, int* first, float* output, float* logSums, float* doutput)
    {
        int size = head.Size;
        float* shares = stackalloc float[Block];
        for (int query = 0; query < head.Length; query += Block)
        {
            float* dout = doutput + ((long)query * size);
            for (int i = 0; i < Block; i++)
            {
                shares[i] = Dot(dout + (i * size), output + (((long)query + i) * size), size);
            }

            for (int key = FirstBlock(first, query, head.Length); key <= query; key += Block)
            {
                Band lower = key == query ? Band.Lower : Band.Full, upper = key == query ? Band.Upper : Band.Full;
                Scores(head, first, query, key);
                TileProduct.Multiply(dout, size, 1, head.ValuesTransposed + ((long)key * size), head.ScoreGradients, Block, Block, size, Band.Full, add: false);
                for (int i = 0; i < Block; i++)
                {
                    SoftmaxGradient(head.Scores + (i * Block), head.ScoreGradients + (i * Block), logSums[query + i], shares[i]);
                }

                TileProduct.Multiply(head.Scores, 1, Block, dout, head.ValueGradients + ((long)key * size), Block, size, Block, upper, add: true);
                TileProduct.Multiply(head.ScoreGradients, Block, 1, head.Keys + ((long)key * size), head.QueryGradients + ((long)query * size), Block, size, Block, lower, add: true);
                TileProduct.Multiply(head.ScoreGradients, 1, Block, head.Queries + ((long)query * size), head.KeyGradients + ((long)key * size), Block, size, Block, upper, add: true);
            }
        }
    }

    /// <summary>The scalar twin of <see cref="Forward"/>: the formula, row by row.</summary>
    /// <param name="queries">Scaled: [T, E].</param>
    /// <param name="keys">[T, E].</param>
    /// <param name="values">[T, E].</param>
    /// <param name="size">E.</param>
    /// <param name="first">First visible position of each: [T].</param>
    /// <param name="output">Written: [T, E].</param>
    public static void ForwardScalar(ReadOnlySpan<float> queries, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, int size, ReadOnlySpan<int> first, Span<float> output)
    {
        int length = queries.Length / size;
        double[] weights = new double[length];
        for (int t = 0; t < length; t++)
        {
            double sum = 0;
            for (int k = first[t]; k <= t; k++)
            {
                double score = 0;
                for (int e = 0; e < size; e++)
                {
                    score += queries[(t * size) + e] * keys[(k * size) + e];
                }

                weights[k] = Math.Exp(score);
                sum += weights[k];
            }

            for (int e = 0; e < size; e++)
            {
                double mixed = 0;
                for (int k = first[t]; k <= t; k++)
                {
                    mixed += weights[k] / sum * values[(k * size) + e];
                }

                output[(t * size) + e] = (float)mixed;
            }
        }
    }

    // The tile that holds the earliest position any row of a query tile sees.
    private static int FirstBlock(int* first, int query, int length)
    {
        if (first is null)
        {
            return 0;
        }

        int earliest = query;
        for (int t = query; t < Math.Min(query + Block, length); t++)
        {
            earliest = Math.Min(earliest, first[t]);
        }

        return earliest / Block * Block;
    }

    // QKᵀ of a tile, −∞ where a row must not see. A row behind the last position sees the tile's first column at least.
    private static void Scores(AttentionHead head, int* first, int query, int key)
    {
        TileProduct.Multiply(head.Queries + ((long)query * head.Size), head.Size, 1, head.KeysTransposed + ((long)key * head.Size), head.Scores, Block, Block, head.Size, Band.Full, add: false);
        if (first is null && key < query)
        {
            return;
        }

        for (int i = 0; i < Block; i++)
        {
            int t = query + i;
            int from = first is null || t >= head.Length ? 0 : Math.Clamp(first[t] - key, 0, Block), to = Math.Clamp(t - key + 1, 0, Block);
            new Span<float>(head.Scores + (i * Block), from).Fill(Hidden);
            new Span<float>(head.Scores + (i * Block) + to, Block - to).Fill(Hidden);
        }
    }

    // Turns a row of scores into exponentials and brings the row's output so far to the new maximum.
    private static void AddRow(float* scores, float* output, int size, ref float maximum, ref float sum)
    {
        Vector512<float> tops = Vector512.MaxNative(Vector512.MaxNative(Vector512.Load(scores), Vector512.Load(scores + 16)), Vector512.MaxNative(Vector512.Load(scores + 32), Vector512.Load(scores + 48)));
        Vector256<float> eight = Vector256.Max(tops.GetLower(), tops.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        float top = MathF.Max(MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3])), maximum);
        if (float.IsNegativeInfinity(top))
        {
            // A tile in which this row sees nothing.
            new Span<float>(scores, Block).Clear();
            return;
        }

        Vector512<float> shift = Vector512.Create(top), total = Vector512<float>.Zero;
        for (int j = 0; j < Block; j += 16)
        {
            // What is hidden gets 1e-35 of a share, which is none.
            Vector512<float> e = VectorMath.Exp(Vector512.Load(scores + j) - shift);
            e.Store(scores + j);
            total += e;
        }

        if (top > maximum)
        {
            float fade = MathF.Exp(maximum - top);
            for (int e = 0; e < size; e += 16)
            {
                (Vector512.Load(output + e) * fade).Store(output + e);
            }

            sum *= fade;
            maximum = top;
        }

        sum += Vector512.Sum(total);
    }

    // Scores become weights; the gradients of the weights become those of the scores.
    private static void SoftmaxGradient(float* scores, float* gradients, float logSum, float share)
    {
        Vector512<float> shift = Vector512.Create(logSum), shares = Vector512.Create(share);
        for (int j = 0; j < Block; j += 16)
        {
            Vector512<float> weight = VectorMath.Exp(Vector512.Load(scores + j) - shift);
            weight.Store(scores + j);
            (weight * (Vector512.Load(gradients + j) - shares)).Store(gradients + j);
        }
    }

    private static float Dot(float* a, float* b, int length)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < length; i += 16)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), sum);
        }

        return Vector512.Sum(sum);
    }
}
