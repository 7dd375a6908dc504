using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Panorama.Core.Numerics;

namespace Panorama.Inference.Sampling;

/// <summary>
/// Passes over one score per token of a vocabulary. All work on vectors of 512 bits, emulated where the processor has
/// shorter ones, so that sums have the same order, and draws the same outcome, on every machine.
/// </summary>
internal static class ScoreKernels
{
    /// <summary>Tokens of which <see cref="Exponentials"/> gives one sum.</summary>
    public const int SumBlock = 512;

    /// <summary>Tokens of which <see cref="BlockMaxima"/> gives one maximum.</summary>
    public const int MaximumBlock = 64;

    // e^−80 is 2e-35: no draw of 53 bits can tell it from 0.
    private const float Negligible = -80;

    private static int Lanes => Vector512<float>.Count;

    /// <summary>The highest score.</summary>
    /// <param name="scores">At least one.</param>
    /// <param name="maximum">The highest; −∞ when all are.</param>
    /// <returns>Whether every score is a number below +∞.</returns>
    public static bool TryMaximum(ReadOnlySpan<float> scores, out float maximum)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity), valid = Vector512<float>.AllBitsSet;
        ReadOnlySpan<Vector512<float>> vectors = MemoryMarshal.Cast<float, Vector512<float>>(scores);
        foreach (ref readonly Vector512<float> vector in vectors)
        {
            best = Vector512.MaxNative(best, vector);
            valid &= Vector512.LessThan(vector, Vector512.Create(float.PositiveInfinity)); // false for NaN, too
        }

        maximum = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
        {
            maximum = MathF.Max(maximum, best[lane]);
        }

        bool all = valid.AsInt32() == Vector512<int>.AllBitsSet;
        foreach (float score in scores[(vectors.Length * Lanes)..])
        {
            maximum = MathF.Max(maximum, score);
            all &= score < float.PositiveInfinity;
        }

        return all;
    }

    /// <summary>The first index of a value that is there.</summary>
    public static int IndexOf(ReadOnlySpan<float> scores, float value)
    {
        ReadOnlySpan<Vector512<float>> vectors = MemoryMarshal.Cast<float, Vector512<float>>(scores);
        for (int i = 0; i < vectors.Length; i++)
        {
            ulong equal = Vector512.Equals(vectors[i], Vector512.Create(value)).ExtractMostSignificantBits();
            if (equal != 0)
            {
                return (i * Lanes) + BitOperations.TrailingZeroCount(equal);
            }
        }

        int at = vectors.Length * Lanes;
        while (scores[at] != value)
        {
            at++;
        }

        return at;
    }

    /// <summary>Rules out every token whose bit is not set.</summary>
    /// <param name="scores">Padded to whole vectors.</param>
    /// <param name="allowed">Bit t % 32 of word t / 32 belongs to token t; tokens beyond the words are ruled out.</param>
    public static void Mask(Span<float> scores, ReadOnlySpan<uint> allowed)
    {
        Vector512<uint> bits = Vector512.Create(1u, 1u << 1, 1u << 2, 1u << 3, 1u << 4, 1u << 5, 1u << 6, 1u << 7, 1u << 8, 1u << 9, 1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15);
        Span<Vector512<float>> vectors = MemoryMarshal.Cast<float, Vector512<float>>(scores);
        for (int i = 0; i < vectors.Length; i++)
        {
            uint word = i / 2 < allowed.Length ? allowed[i / 2] >> (i % 2 * 16) : 0;
            Vector512<uint> isSet = Vector512.Equals(Vector512.Create(word) & bits, bits);
            vectors[i] = Vector512.ConditionalSelect(isSet.AsSingle(), vectors[i], Vector512.Create(float.NegativeInfinity));
        }
    }

    /// <summary>exp((score − best) / temperature) of every token, and the sums of <see cref="SumBlock"/> tokens each.</summary>
    /// <param name="scores">Padded to whole vectors with −∞.</param>
    /// <param name="best">The highest score, finite.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="weights">As many as scores.</param>
    /// <param name="sums">One for each block begun.</param>
    /// <returns>The sum of all weights.</returns>
    public static double Exponentials(ReadOnlySpan<float> scores, float best, float temperature, Span<float> weights, Span<double> sums)
    {
        double total = 0;
        for (int block = 0, start = 0; start < scores.Length; block++, start += SumBlock)
        {
            int length = Math.Min(SumBlock, scores.Length - start);
            ReadOnlySpan<Vector512<float>> from = MemoryMarshal.Cast<float, Vector512<float>>(scores.Slice(start, length));
            Span<Vector512<float>> to = MemoryMarshal.Cast<float, Vector512<float>>(weights.Slice(start, length));
            Vector512<float> sum = default;
            for (int i = 0; i < from.Length; i++)
            {
                Vector512<float> exponent = (from[i] - Vector512.Create(best)) / Vector512.Create(temperature);
                Vector512<float> weight = VectorMath.Exp(exponent) & Vector512.GreaterThan(exponent, Vector512.Create(Negligible));
                to[i] = weight;
                sum += weight;
            }

            (Vector256<float> lower, Vector256<float> upper) = (sum.GetLower(), sum.GetUpper());
            sums[block] = Vector512.Sum(Vector512.Create(Vector256.WidenLower(lower) + Vector256.WidenLower(upper), Vector256.WidenUpper(lower) + Vector256.WidenUpper(upper)));
            total += sums[block];
        }

        return total;
    }

    /// <summary>The sum of all values at or above a threshold.</summary>
    /// <param name="values">Padded to whole vectors, none negative.</param>
    /// <param name="threshold">The lowest value counted, above 0.</param>
    public static double SumAbove(ReadOnlySpan<float> values, float threshold)
    {
        double total = 0;
        for (int start = 0; start < values.Length; start += SumBlock)
        {
            Vector512<float> sum = default;
            foreach (ref readonly Vector512<float> vector in MemoryMarshal.Cast<float, Vector512<float>>(values.Slice(start, Math.Min(SumBlock, values.Length - start))))
            {
                sum += vector & Vector512.GreaterThanOrEqual(vector, Vector512.Create(threshold));
            }

            total += Vector512.Sum(sum);
        }

        return total;
    }

    /// <summary>The maximum of each <see cref="MaximumBlock"/> values.</summary>
    /// <param name="values">Padded to whole vectors with −∞.</param>
    /// <param name="maxima">One for each block begun.</param>
    public static void BlockMaxima(ReadOnlySpan<float> values, Span<float> maxima)
    {
        for (int block = 0, start = 0; start < values.Length; block++, start += MaximumBlock)
        {
            Vector512<float> best = Vector512.Create(float.NegativeInfinity);
            foreach (ref readonly Vector512<float> vector in MemoryMarshal.Cast<float, Vector512<float>>(values.Slice(start, Math.Min(MaximumBlock, values.Length - start))))
            {
                best = Vector512.MaxNative(best, vector);
            }

            Vector256<float> half = Vector256.MaxNative(best.GetLower(), best.GetUpper());
            Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
            maxima[block] = MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
        }
    }

    /// <summary>The indexes of all values at or above a threshold, in order.</summary>
    /// <param name="values">Padded to whole vectors.</param>
    /// <param name="threshold">The lowest value taken.</param>
    /// <param name="length">Values beyond this index are padding.</param>
    /// <param name="indexes">As many as values.</param>
    /// <returns>How many there are.</returns>
    public static int Gather(ReadOnlySpan<float> values, float threshold, int length, Span<int> indexes)
    {
        int count = 0;
        ReadOnlySpan<Vector512<float>> vectors = MemoryMarshal.Cast<float, Vector512<float>>(values);
        for (int i = 0; i < vectors.Length; i++)
        {
            ulong taken = Vector512.GreaterThanOrEqual(vectors[i], Vector512.Create(threshold)).ExtractMostSignificantBits();
            for (; taken != 0; taken &= taken - 1)
            {
                indexes[count++] = (i * Lanes) + BitOperations.TrailingZeroCount(taken);
            }
        }

        while (count > 0 && indexes[count - 1] >= length)
        {
            count--;
        }

        return count;
    }
}
