using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;
using Panorama.Inference.Engine;
using Panorama.Inference.KvCache;

namespace Panorama.Inference.Kernels;

/// <summary>A query as the attention reads it.</summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct AttentionQuery
{
    /// <summary>[head size], times the scale of the scores and times 2^112, which the keys' form lacks.</summary>
    public float* Query;

    /// <summary>[head size]: where the result goes.</summary>
    public float* Output;

    /// <summary>First position seen.</summary>
    public int First;

    /// <summary>Behind the last position seen.</summary>
    public int End;
}

/// <summary>
/// Attention over the paged cache with an online softmax (Dao et al. 2022, arXiv:2205.14135; Milakov and Gimelshein 2018,
/// arXiv:1805.02867), block by block from the first. A query's arithmetic is the same whatever other queries run with it.
/// </summary>
internal static unsafe class AttentionKernel
{
    private const int Together = 4;
    private const int Width = 16;

    /// <summary>Most queries of one call.</summary>
    public const int MaxQueries = 32;

    /// <summary>Attends for queries that share a key/value head.</summary>
    /// <param name="cache">Keys and values.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="head">The key/value head.</param>
    /// <param name="blocks">The sequence's blocks.</param>
    /// <param name="queries">At most <see cref="MaxQueries"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(KeyValueCache cache, int layer, int head, ReadOnlySpan<int> blocks, ReadOnlySpan<AttentionQuery> queries)
    {
        int size = cache.HeadSize, padded = cache.PaddedHeadSize;
        float* totals = stackalloc float[MaxQueries * padded];
        float* largest = stackalloc float[MaxQueries];
        float* sums = stackalloc float[MaxQueries];
        new Span<float>(totals, queries.Length * padded).Clear();
        new Span<float>(sums, queries.Length).Clear();
        new Span<float>(largest, queries.Length).Fill(float.NegativeInfinity);
        int first = int.MaxValue, end = 0;
        foreach (AttentionQuery query in queries)
        {
            (first, end) = (Math.Min(first, query.First), Math.Max(end, query.End));
        }

        float* weights = stackalloc float[Together * Width];
        for (int block = first / CacheBlock.Tokens; block * CacheBlock.Tokens < end; block++)
        {
            Half* keys = cache.Keys(layer, blocks[block], head);
            Half* values = cache.Values(keys);
            for (int q = 0; q < queries.Length; q += Together)
            {
                int count = Math.Min(Together, queries.Length - q);
                int seen = 0;
                Score(keys, queries.Slice(q, count), size, weights);
                for (int i = 0; i < count; i++)
                {
                    seen |= Weigh(queries[q + i], block * CacheBlock.Tokens, weights + (i * Width), ref largest[q + i], ref sums[q + i], totals + ((q + i) * padded), padded) ? 1 << i : 0;
                }

                if (seen != 0)
                {
                    AddValues(values, weights, count, totals + (q * padded), padded);
                }
            }
        }

        for (int q = 0; q < queries.Length; q++)
        {
            float scale = 1 / sums[q];
            float* total = totals + (q * padded);
            for (int i = 0; i < size; i++)
            {
                queries[q].Output[i] = total[i] * scale;
            }
        }
    }

    // 16 scores of each query: the elements in even and odd places are added up apart, which halves the chain of additions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score(Half* keys, ReadOnlySpan<AttentionQuery> queries, int size, float* scores)
    {
        if (queries.Length == Together)
        {
            float* a = queries[0].Query, b = queries[1].Query, c = queries[2].Query, d = queries[3].Query;
            Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            for (int i = 0; i < size - 1; i += 2, keys += 2 * Width)
            {
                Vector512<float> even = HalfRow.Load(keys), odd = HalfRow.Load(keys + Width);
                a0 = Vector512.FusedMultiplyAdd(even, Vector512.Create(a[i]), a0);
                b0 = Vector512.FusedMultiplyAdd(even, Vector512.Create(b[i]), b0);
                c0 = Vector512.FusedMultiplyAdd(even, Vector512.Create(c[i]), c0);
                d0 = Vector512.FusedMultiplyAdd(even, Vector512.Create(d[i]), d0);
                a1 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(a[i + 1]), a1);
                b1 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(b[i + 1]), b1);
                c1 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(c[i + 1]), c1);
                d1 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(d[i + 1]), d1);
            }

            if (size % 2 != 0)
            {
                Vector512<float> last = HalfRow.Load(keys);
                a0 = Vector512.FusedMultiplyAdd(last, Vector512.Create(a[size - 1]), a0);
                b0 = Vector512.FusedMultiplyAdd(last, Vector512.Create(b[size - 1]), b0);
                c0 = Vector512.FusedMultiplyAdd(last, Vector512.Create(c[size - 1]), c0);
                d0 = Vector512.FusedMultiplyAdd(last, Vector512.Create(d[size - 1]), d0);
            }

            (a0 + a1).Store(scores);
            (b0 + b1).Store(scores + Width);
            (c0 + c1).Store(scores + (2 * Width));
            (d0 + d1).Store(scores + (3 * Width));
            return;
        }

        for (int q = 0; q < queries.Length; q++)
        {
            float* query = queries[q].Query;
            Half* from = keys;
            Vector512<float> s0 = default, s1 = default;
            for (int i = 0; i < size - 1; i += 2, from += 2 * Width)
            {
                s0 = Vector512.FusedMultiplyAdd(HalfRow.Load(from), Vector512.Create(query[i]), s0);
                s1 = Vector512.FusedMultiplyAdd(HalfRow.Load(from + Width), Vector512.Create(query[i + 1]), s1);
            }

            if (size % 2 != 0)
            {
                s0 = Vector512.FusedMultiplyAdd(HalfRow.Load(from), Vector512.Create(query[size - 1]), s0);
            }

            (s0 + s1).Store(scores + (q * Width));
        }
    }

    // Scores become weights of the values, times 2^112; what was summed before shrinks when a larger score comes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Weigh(in AttentionQuery query, int position, float* scores, ref float largest, ref float sum, float* total, int padded)
    {
        Vector512<int> at = Vector512<int>.Indices + Vector512.Create(position);
        Vector512<float> seen = (Vector512.GreaterThanOrEqual(at, Vector512.Create(query.First)) & Vector512.LessThan(at, Vector512.Create(query.End))).AsSingle();
        if (seen.AsInt32() == Vector512<int>.Zero)
        {
            Vector512<float>.Zero.Store(scores);
            return false;
        }

        Vector512<float> score = Vector512.ConditionalSelect(seen, Vector512.Load(scores), Vector512.Create(float.NegativeInfinity));
        float most = MathF.Max(largest, Largest(score));
        if (most != largest)
        {
            float shrink = float.IsNegativeInfinity(largest) ? 0 : MathF.Exp(largest - most);
            sum *= shrink;
            for (int i = 0; i < padded; i += Width)
            {
                (Vector512.Load(total + i) * Vector512.Create(shrink)).Store(total + i);
            }

            largest = most;
        }

        Vector512<float> weight = seen & VectorMath.Exp(score - Vector512.Create(most));
        sum += Vector512.Sum(weight);
        (weight * Vector512.Create(HalfBits.Factor)).Store(scores);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector512<float> v)
    {
        Vector256<float> eight = Vector256.Max(v.GetLower(), v.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(four[0], four[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddValues(Half* values, float* weights, int count, float* totals, int padded)
    {
        for (int i = 0; i < padded; i += Width)
        {
            Half* from = values + i;
            float* to = totals + i;
            if (count == Together)
            {
                Vector512<float> a = Vector512.Load(to), b = Vector512.Load(to + padded), c = Vector512.Load(to + (2 * padded)), d = Vector512.Load(to + (3 * padded));
                for (int t = 0; t < CacheBlock.Tokens; t++, from += padded)
                {
                    Vector512<float> value = HalfRow.Load(from);
                    a = Vector512.FusedMultiplyAdd(value, Vector512.Create(weights[t]), a);
                    b = Vector512.FusedMultiplyAdd(value, Vector512.Create(weights[Width + t]), b);
                    c = Vector512.FusedMultiplyAdd(value, Vector512.Create(weights[(2 * Width) + t]), c);
                    d = Vector512.FusedMultiplyAdd(value, Vector512.Create(weights[(3 * Width) + t]), d);
                }

                a.Store(to);
                b.Store(to + padded);
                c.Store(to + (2 * padded));
                d.Store(to + (3 * padded));
                continue;
            }

            for (int q = 0; q < count; q++)
            {
                Half* at = from;
                Vector512<float> a = Vector512.Load(to + (q * padded));
                for (int t = 0; t < CacheBlock.Tokens; t++, at += padded)
                {
                    a = Vector512.FusedMultiplyAdd(HalfRow.Load(at), Vector512.Create(weights[(q * Width) + t]), a);
                }

                a.Store(to + (q * padded));
            }
        }
    }
}
